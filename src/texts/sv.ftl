# Every sentence for people in this language. The format is Fluent's: https://projectfluent.org

## What an ingredient is, as the end of a sentence: it follows "$name is".

kind-dairy = en mejeriprodukt
kind-egg = ägg eller gjort av ägg
kind-meat = kött eller gjort av kött
kind-fish = fisk eller gjort av fisk
kind-shellfish = skaldjur eller blötdjur
kind-insect = gjort av insekter
kind-bee = något som bin framställer
kind-slaughter = utvunnet ur slaktade djur
kind-animal = av animaliskt ursprung
kind-plant = växtbaserat
kind-mineral = vatten, ett mineral eller ett salt
kind-synthetic = framställt utan djur
kind-microbial = framställt av mikroorganismer
kind-derived = framställt av antingen djur eller växter
kind-composite = ett sammansatt livsmedel som ofta innehåller något från djur

## Verdicts and their reasons. $name is an ingredient as printed, or several.

verdict-is = { $name } är { $what }.
verdict-contains = Innehåller { $name }, som är { $what }.
verdict-also = Dessutom av animaliskt ursprung: { $name }.
verdict-lifted = Etiketten anger ett ursprung som inte är animaliskt.
verdict-unknown = { $name } känner vi inte igen.
verdict-open = { $name } kan vara av animaliskt ursprung; etiketten anger inte vilket.
verdict-vouched = Läsarens bedömning; namnet finns inte i vårt register.
verdict-vegan = Inga ingredienser av animaliskt ursprung i listan.
verdict-uncertain = Det går inte att säga säkert om produkten är vegansk.
verdict-no-list = Ingen ingredienslista hittades.
verdict-retake = Fota hela ingredienslistan, rakt framifrån och i gott ljus.
verdict-conflict = Förpackningen säger vegansk, men listan säger annat.

## Why a list is not taken to be whole and true.

doubt-partial = Hela ingredienslistan kunde inte läsas.
doubt-no-heading = Listans rubrik syns inte.
doubt-unbalanced = En parentes i listan saknar sin andra halva.
doubt-cut = Listan verkar vara avklippt.
doubt-counterpart = { $name } lästes inte lika i båda läsningarna.
doubt-few-known = För få av ingredienserna känns igen.
doubt-too-long = Texten är för lång för att läsas i sin helhet.
doubt-elsewhere = Ordet { $name } står på etiketten utanför listan.
doubt-second = En andra läsning av bilden såg ordet { $name }.

## Advice for a better picture: specific and kind.

advice-blur = Bilden är oskarp: håll telefonen stilla.
advice-glare = En reflex täcker text: vinkla bort från lampan.
advice-low-light = Det är för mörkt: tänd en lampa.
advice-cropped = Listan går utanför bilden: backa lite.
advice-low-resolution = Texten är för liten: gå närmare.
advice-no-text = Ingen text syns i bilden.

## Errors by their code. $what is the particular: a field, a limit, a near route.

error-invalid-json = Begäran är inte giltig JSON.
error-missing-content = Det finns inget att analysera. Skicka en bild, en video eller text.
error-invalid-content-format = Ett fält har fel form: { $what }.
error-invalid-base64 = Bilden eller videon är inte giltig base64.
error-ambiguous-content = Skicka antingen en bild, flera bilder i fältet images eller en video, inte flera av dem.
error-unauthenticated = Den här adressen kräver en giltig token.
error-forbidden = Webbsidor från den här adressen får inte anropa tjänsten.
error-usage-limit-exceeded = Du har använt månadens { $what } analyser. Nya finns den första i nästa månad.
error-provider-override-forbidden = Här går det inte att välja leverantör. Ta bort fältet provider.
error-not-found = Det finns inget här.{ $what }
error-method-not-allowed = Adressen tar inte emot den metoden.
error-stale-version = Utrullningen har ändrats under tiden. Läs den igen och gör ändringen utifrån den nya versionen.
error-duplicate-request = Samma förfrågan behandlas redan. Fråga igen om en liten stund.
error-idempotency-conflict = Nyckeln är redan använd för något annat. Välj en ny för varje analys.
error-upload-timeout = Uppladdningen tog för lång tid. Försök igen med bättre täckning eller en kortare video.
error-payload-too-large = Filen är för stor: högst { $what } går att skicka. Filma kortare eller med lägre upplösning.
error-unsupported-media-type = Filtypen stöds inte. Skicka JPEG, PNG, WebP, HEIC, MP4, MOV eller WebM, eller JSON.
error-media-unreadable = Filen går inte att läsa. Ta en ny bild eller video.
error-media-too-long = Videon är för lång. Filma bara ingredienslistan, några sekunder räcker.
error-media-too-large-dimensions = Bilden har för många bildpunkter. Ta den med lägre upplösning.
error-media-no-frames = Videon innehåller inga bilder. Filma om.
error-rate-limited = För många förfrågningar. Vänta en stund och försök igen.
error-internal = Något gick fel hos oss. Försök igen, och uppge felets id om det händer igen.
error-provider-refused = Den valda leverantören ville inte läsa bilden.
error-provider-invalid-answer = Den valda leverantörens svar gick inte att använda. Försök igen.
error-overloaded = Många analyserar just nu. Försök igen om en liten stund.
error-store-unavailable = Historiken går inte att nå just nu. Försök igen om en stund.
error-video-disabled = Videoanalys är avstängd. Ta en bild i stället.
error-interrupted = Analysen avbröts hos oss. Skicka den igen.
error-no-provider-available = Ingen kan läsa bilden just nu. Försök igen om en stund.
error-deadline-exceeded = Analysen tog för lång tid. Försök igen, gärna med en kortare video.

## The rollout in words, for operators. $new and $old are the arms.

rollout-fails-more = { $new } misslyckas oftare än { $old }; det är utom tvivel.
rollout-failures-open = Det går ännu inte att säga om { $new } och { $old } skiljer sig i hur ofta de misslyckas.
rollout-failures-differ = { $new } misslyckas { $difference } procentenheter oftare (minus: mer sällan) än { $old }; säkert mellan { $low } och { $high }.
rollout-time = En läsning tar { $difference } gånger så lång tid (säkert mellan { $low } och { $high }).
rollout-goes-on = Utrullningen går vidare: { $why }
rollout-stays = Utrullningen stannar där den är: { $why }
rollout-rolls-back = Utrullningen rullas tillbaka: { $why }
rollout-because-kill-switch = den nya armen är avstängd i inställningarna.
rollout-because-rolled-back = den är redan tillbakarullad.
rollout-because-not-running = ingen plan följs just nu.
rollout-because-error-gate = den nya armen misslyckas oftare.
rollout-because-quality-gate = den nya armens svar är oftare obrukbara.
rollout-because-latency-gate = den nya armen är oftare långsam.
rollout-because-critical = en kritisk gräns är passerad.
rollout-because-sample-ratio = armarna får inte de andelar de ska ha.
rollout-because-two-arms = någon har fått båda armarna.
rollout-because-interval = steget har inte pågått länge nog.
rollout-because-no-analysis = inget har mätts sedan steget tog slut.
rollout-because-no-data = ingen har varit med i steget.
rollout-because-sample = för få har varit med i steget.
rollout-because-warning = en varningsgräns är passerad.
rollout-because-approval = någon måste godkänna nästa steg.
rollout-because-healthy = allt ser bra ut.
