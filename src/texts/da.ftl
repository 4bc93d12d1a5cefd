# Every sentence for people in this language. The format is Fluent's: https://projectfluent.org

## What an ingredient is, as the end of a sentence: it follows "$name is".

kind-dairy = et mejeriprodukt
kind-egg = æg eller lavet af æg
kind-meat = kød eller lavet af kød
kind-fish = fisk eller lavet af fisk
kind-shellfish = skaldyr eller bløddyr
kind-insect = lavet af insekter
kind-bee = lavet af bier
kind-slaughter = udvundet af slagtede dyr
kind-animal = af animalsk oprindelse
kind-plant = plantebaseret
kind-mineral = vand, et mineral eller et salt
kind-synthetic = fremstillet uden dyr
kind-microbial = lavet af mikroorganismer
kind-derived = lavet af enten dyr eller planter
kind-composite = en sammensat fødevare, der ofte indeholder noget fra dyr

## Verdicts and their reasons. $name is an ingredient as printed, or several.

verdict-is = { $name } er { $what }.
verdict-contains = Indeholder { $name }, som er { $what }.
verdict-also = Også af animalsk oprindelse: { $name }.
verdict-lifted = Etiketten angiver en oprindelse, der ikke er animalsk.
verdict-unknown = Vi genkender ikke { $name }.
verdict-open = { $name } kan være af animalsk oprindelse; etiketten siger det ikke.
verdict-vouched = Læserens vurdering; navnet findes ikke i vores register.
verdict-vegan = Ingen ingredienser af animalsk oprindelse i listen.
verdict-uncertain = Det kan ikke siges med sikkerhed, om produktet er vegansk.
verdict-no-list = Der blev ikke fundet nogen ingrediensliste.
verdict-retake = Tag et billede af hele ingredienslisten, lige forfra og i godt lys.
verdict-retake-clip = Film hele ingredienslisten, langsomt og i godt lys.
verdict-conflict = Pakken siger vegansk, men listen siger noget andet.

## Why a list is not taken to be whole and true.

doubt-partial = Hele ingredienslisten kunne ikke læses.
doubt-no-heading = Listens overskrift kan ikke ses.
doubt-unbalanced = En parentes i listen mangler sin anden halvdel.
doubt-cut = Listen ser ud til at være skåret af.
doubt-counterpart = { $name } blev ikke læst ens to gange.
doubt-few-known = For få af ingredienserne genkendes.
doubt-too-long = Teksten er for lang til at blive læst helt.
doubt-elsewhere = Ordet { $name } står på etiketten uden for listen.
doubt-second = En anden læsning af billedet så ordet { $name }.

## Advice for a better picture: specific and kind.

advice-blur = Billedet er uskarpt: hold telefonen stille.
advice-blur-clip = Filmen er uskarp: drej dåsen, eller flyt telefonen, langsommere.
advice-glare = En refleks dækker tekst: vip væk fra lampen.
advice-glare-clip = En refleks dækker tekst hele tiden: flyt dig, så lampen ikke spejles.
advice-low-light = Det er for mørkt: tænd en lampe.
advice-cropped = Listen går ud over billedet: gå lidt tilbage.
advice-cropped-clip = Hele listen ses ikke: drej længere rundt, eller gå lidt tilbage.
advice-low-resolution = Teksten er for lille: gå tættere på.
advice-no-text = Ingen tekst ses i billedet.

## What is being done, for those who wait.

progress-intake = Modtager …
progress-media = Finder teksten på pakken …
progress-provider = Læser ingredienslisten …
progress-verdict = Vurderer ingredienserne …

## Errors by their code. $what is the particular: a field, a limit, a near route.

error-invalid-json = Forespørgslen er ikke gyldig JSON.
error-missing-content = Der er ikke noget at analysere. Send et billede, en video eller tekst.
error-invalid-content-format = Et felt har forkert form: { $what }.
error-invalid-base64 = Billedet eller videoen er ikke gyldig base64.
error-ambiguous-content = Send enten ét billede, flere billeder i feltet images eller én video, ikke flere af dem.
error-unauthenticated = Denne adresse kræver et gyldigt token eller en gyldig nøgle.
error-forbidden = Det er ikke tilladt: websiden er ikke godkendt, eller også gælder det en anden bruger.
error-usage-limit-exceeded = Du har brugt månedens { $what } analyser. Du får nye den første i næste måned.
error-provider-override-forbidden = Her kan du ikke vælge leverandør. Fjern feltet provider.
error-not-found = Der er ikke noget her.{ $what }
error-method-not-allowed = Adressen tager ikke imod den metode.
error-stale-version = Udrulningen er blevet ændret imens. Læs den igen, og lav ændringen ud fra den nye version.
error-duplicate-request = Den samme forespørgsel er allerede i gang. Spørg igen om et øjeblik.
error-idempotency-conflict = Nøglen er allerede brugt til noget andet. Vælg en ny til hver analyse.
error-upload-timeout = Overførslen tog for lang tid. Prøv igen med bedre dækning eller en kortere video.
error-payload-too-large = Filen er for stor: du kan højst sende { $what }. Film kortere eller med lavere opløsning.
error-unsupported-media-type = Filtypen understøttes ikke. Send JPEG, PNG, WebP, HEIC, MP4, MOV eller WebM, eller JSON.
error-media-unreadable = Filen kan ikke læses. Tag et nyt billede eller en ny video.
error-media-too-long = Videoen er for lang. Film kun ingredienslisten, et par sekunder er nok.
error-media-too-large-dimensions = Billedet har for mange billedpunkter. Tag det med lavere opløsning.
error-media-no-frames = Videoen indeholder ingen billeder. Film igen.
error-rate-limited = For mange forespørgsler. Vent lidt, og prøv igen.
error-internal = Noget gik galt hos os. Prøv igen, og oplys fejlens id, hvis det sker igen.
error-provider-refused = Den valgte leverandør ville ikke læse billedet.
error-provider-invalid-answer = Svaret fra den valgte leverandør kunne ikke bruges. Prøv igen.
error-overloaded = Mange analyserer lige nu. Prøv igen om et øjeblik.
error-store-unavailable = Historikken kan ikke nås lige nu. Prøv igen om lidt.
error-video-disabled = Videoanalyse er slået fra. Tag et billede i stedet.
error-interrupted = Analysen blev afbrudt hos os. Send den igen.
error-auth-unavailable = Det kan ikke kontrolleres lige nu, hvem der spørger. Prøv igen om lidt.
error-no-provider-available = Ingen kan læse billedet lige nu. Prøv igen om lidt.
error-deadline-exceeded = Analysen tog for lang tid. Prøv igen, gerne med en kortere video.

## The page `/`.

page-language = Dansk
page-languages = Sprog
page-skip = Gå til indholdet
page-no-script = Siden kræver JavaScript.
page-no-connection = Ingen kontakt med tjenesten. Se efter, om du er på nettet, og prøv igen.
page-vegan = Vegansk
page-non-vegan = Ikke vegansk
page-uncertain = Usikkert
page-unknown = Ukendt
page-try-heading = Er den vegansk?
page-try-lead = Film eller fotografér ingredienslisten. Du får at vide, hvad hver ingrediens er, og hvorfor.
page-film = Film pakken
page-snap = Tag et billede
page-choose = Vælg billede eller video
page-drop-hint = Eller slip en fil her, eller sæt et billede ind.
page-file-hint = En rund dåse? Film, mens du drejer den én gang rundt; et par sekunder er nok. Flere billeder af samme pakke går også.
page-type-summary = Eller skriv selv listen
page-type-label = Ingredienser
page-type-send = Bedøm listen
page-uploading = Sender …
page-uploading-percent = Sender … { $percent } %
page-cancel = Afbryd
page-cancelled = Afbrudt.
page-failure-heading = Det lykkedes ikke
page-failure-id = Fejlens id: { $id }
page-again = Prøv igen
page-key-label = Din nøgle til tjenesten
page-key-send = Fortsæt
page-privacy = Billeder gemmes aldrig. Læs altid selv pakken, hvis du har en allergi.
page-dashboard-link = For dem, der driver tjenesten
page-confidence = Sikkerhed { $percent }
page-watched = Du ville vide det om: { $names }.
page-ingredients = Ingredienser ({ $count })
page-match-fuzzy = Tolket trods en læsefejl.
page-match-compound = Tolket som { $name }.
page-traces = Kan indeholde spor af { $names }. Spor afgør aldrig.
page-label = Etiketten
page-label-alt = Etiketten, som den blev læst
page-label-flat = Filmen, rullet ud til ét fladt billede.
page-label-still = Billedet, der blev læst.
page-label-one = Et af de { $count } billeder, der blev læst.
page-decided = Det, der afgjorde: { $names }
page-how = Sådan blev den læst
page-reader = Læser
page-time = Tid
page-pictures = Billeder
page-pictures-of = { $frames } afkodet, { $pictures } læst
page-price = Pris
page-analysis-id = Analysens id
page-opinion = Er det rigtigt?
page-yes = Ja, det er rigtigt
page-wrong = Nej, noget er forkert
page-right-status = Hvad burde svaret være?
page-choose-one = Ved ikke
page-wrong-item = Hvad blev forkert?
page-whole = Hele svaret
page-comment = Fortæl gerne mere
page-send = Send
page-thanks = Tak! Det hjælper os med at blive bedre.
