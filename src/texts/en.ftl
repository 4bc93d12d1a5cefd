# Every sentence for people in this language. The format is Fluent's: https://projectfluent.org

## What an ingredient is, as the end of a sentence: it follows "$name is".

kind-dairy = a dairy product
kind-egg = egg or made of egg
kind-meat = meat or made of meat
kind-fish = fish or made of fish
kind-shellfish = shellfish or another sea animal
kind-insect = made from insects
kind-bee = made by bees
kind-slaughter = taken from slaughtered animals
kind-animal = of animal origin
kind-plant = made from plants
kind-mineral = water, a mineral or a salt
kind-synthetic = made without animals
kind-microbial = made by microorganisms
kind-derived = made from either animals or plants
kind-composite = a prepared food that often holds something from animals

## Verdicts and their reasons. $name is an ingredient as printed, or several.

verdict-is = { $name } is { $what }.
verdict-contains = Contains { $name }, which is { $what }.
verdict-also = Also of animal origin: { $name }.
verdict-lifted = The label names an origin that is not animal.
verdict-unknown = We do not recognise { $name }.
verdict-open = { $name } may be of animal origin; the label does not say.
verdict-vouched = The reader's judgement; the name is not in our register.
verdict-vegan = No ingredients of animal origin in the list.
verdict-uncertain = It cannot be said for certain whether the product is vegan.
verdict-no-list = No ingredient list was found.
verdict-retake = Photograph the whole ingredient list, straight on and in good light.
verdict-conflict = The pack says vegan, but the list says otherwise.

## Why a list is not taken to be whole and true.

doubt-partial = The whole ingredient list could not be read.
doubt-no-heading = The list's heading is not in sight.
doubt-unbalanced = A bracket in the list lacks its other half.
doubt-cut = The list seems to be cut off.
doubt-counterpart = { $name } was not read alike twice.
doubt-few-known = Too few of the ingredients are recognised.
doubt-too-long = The text is too long to be read whole.
doubt-elsewhere = The word { $name } stands on the label outside the list.
doubt-second = A second reading of the picture saw the word { $name }.

## Advice for a better picture: specific and kind.

advice-blur = The picture is blurred: hold the phone still.
advice-glare = A reflection covers text: tilt away from the lamp.
advice-low-light = It is too dark: turn on a light.
advice-cropped = The list leaves the picture: step back a little.
advice-low-resolution = The text is too small: move closer.
advice-no-text = No text is seen in the picture.

## Errors by their code. $what is the particular: a field, a limit, a near route.

error-invalid-json = The request is not valid JSON.
error-missing-content = There is nothing to analyse. Send a picture, a video or text.
error-invalid-content-format = A field has the wrong form: { $what }.
error-invalid-base64 = The picture or video is not valid base64.
error-ambiguous-content = Send either one picture, several in the field images, or one video, not more than one of these.
error-unauthenticated = This route needs a valid token.
error-forbidden = Pages of this origin may not call the service.
error-usage-limit-exceeded = You have used this month's { $what } analyses. There are new ones on the first of next month.
error-provider-override-forbidden = Choosing a provider is not allowed here. Leave out the field provider.
error-not-found = There is nothing here.{ $what }
error-method-not-allowed = The route does not take this method.
error-stale-version = The rollout has changed meanwhile. Read it again and make the change from its new version.
error-duplicate-request = The same request is being worked on. Ask again in a moment.
error-idempotency-conflict = The key was used for something else. Choose a new one for each analysis.
error-upload-timeout = The upload took too long. Try again with a better connection or a shorter video.
error-payload-too-large = The file is too large: at most { $what } can be sent. Film for a shorter time or at a lower resolution.
error-unsupported-media-type = The file type is not supported. Send JPEG, PNG, WebP, HEIC, MP4, MOV or WebM, or JSON.
error-media-unreadable = The file cannot be read. Take a new picture or video.
error-media-too-long = The video is too long. Film the ingredient list only; a few seconds are enough.
error-media-too-large-dimensions = The picture has too many pixels. Take it at a lower resolution.
error-media-no-frames = The video holds no pictures. Film it again.
error-rate-limited = Too many requests. Wait a moment and try again.
error-internal = Something went wrong on our side. Try again, and quote the error's id if it happens again.
error-provider-refused = The chosen provider refused to read the picture.
error-provider-invalid-answer = The chosen provider's answer could not be used. Try again.
error-overloaded = Many people are analysing right now. Try again in a moment.
error-store-unavailable = The history cannot be reached right now. Try again in a while.
error-video-disabled = Video analysis is switched off. Take a picture instead.
error-interrupted = The analysis was interrupted on our side. Send it again.
error-no-provider-available = Nothing can read the picture right now. Try again in a while.
error-deadline-exceeded = The analysis took too long. Try again, preferably with a shorter video.

## The rollout in words, for operators. $new and $old are the arms.

rollout-fails-more = { $new } fails more often than { $old }, beyond doubt.
rollout-failures-open = Whether { $new } and { $old } differ in how often they fail cannot be told yet.
rollout-failures-differ = { $new } fails { $difference } percentage points more often (minus: less often) than { $old }, surely between { $low } and { $high }.
rollout-time = A reading takes { $difference } times as long (surely between { $low } and { $high }).
rollout-goes-on = The rollout goes on: { $why }
rollout-stays = The rollout stays where it is: { $why }
rollout-rolls-back = The rollout is rolled back: { $why }
rollout-because-kill-switch = the new arm is switched off in the settings.
rollout-because-rolled-back = it is rolled back already.
rollout-because-not-running = no plan is being followed.
rollout-because-error-gate = the new arm fails more often.
rollout-because-quality-gate = the new arm's answers are more often of no use.
rollout-because-latency-gate = the new arm is slow more often.
rollout-because-critical = a critical limit is crossed.
rollout-because-sample-ratio = the arms do not get the shares they should.
rollout-because-two-arms = someone was given both arms.
rollout-because-interval = the step has not run for long enough.
rollout-because-no-analysis = nothing was measured since the step's end.
rollout-because-no-data = nobody was in the step.
rollout-because-sample = too few were in the step.
rollout-because-warning = a warning limit is crossed.
rollout-because-approval = someone has to approve the next step.
rollout-because-healthy = all is well.
