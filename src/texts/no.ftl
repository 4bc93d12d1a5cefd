# Every sentence for people in this language. The format is Fluent's: https://projectfluent.org

## What an ingredient is, as the end of a sentence: it follows "$name is".

kind-dairy = et meieriprodukt
kind-egg = egg eller laget av egg
kind-meat = kjøtt eller laget av kjøtt
kind-fish = fisk eller laget av fisk
kind-shellfish = skalldyr eller bløtdyr
kind-insect = laget av insekter
kind-bee = laget av bier
kind-slaughter = utvunnet av slaktede dyr
kind-animal = av animalsk opprinnelse
kind-plant = plantebasert
kind-mineral = vann, et mineral eller et salt
kind-synthetic = fremstilt uten dyr
kind-microbial = laget av mikroorganismer
kind-derived = laget av enten dyr eller planter
kind-composite = en sammensatt matvare som ofte inneholder noe fra dyr

## Verdicts and their reasons. $name is an ingredient as printed, or several.

verdict-is = { $name } er { $what }.
verdict-contains = Inneholder { $name }, som er { $what }.
verdict-also = Også av animalsk opprinnelse: { $name }.
verdict-lifted = Etiketten oppgir en opprinnelse som ikke er animalsk.
verdict-unknown = Vi kjenner ikke igjen { $name }.
verdict-open = { $name } kan være av animalsk opprinnelse; etiketten sier ikke hvilken.
verdict-vouched = Leserens vurdering; navnet finnes ikke i vårt register.
verdict-vegan = Ingen ingredienser av animalsk opprinnelse i listen.
verdict-uncertain = Det kan ikke sies sikkert om produktet er vegansk.
verdict-no-list = Ingen ingrediensliste ble funnet.
verdict-retake = Ta bilde av hele ingredienslisten, rett forfra og i godt lys.
verdict-retake-clip = Film hele ingredienslisten, sakte og i godt lys.
verdict-conflict = Pakningen sier vegansk, men listen sier noe annet.

## Why a list is not taken to be whole and true.

doubt-partial = Hele ingredienslisten kunne ikke leses.
doubt-no-heading = Listens overskrift synes ikke.
doubt-unbalanced = En parentes i listen mangler sin andre halvdel.
doubt-cut = Listen ser ut til å være avkuttet.
doubt-counterpart = { $name } ble ikke lest likt to ganger.
doubt-few-known = For få av ingrediensene gjenkjennes.
doubt-too-long = Teksten er for lang til å leses i sin helhet.
doubt-elsewhere = Ordet { $name } står på etiketten utenfor listen.
doubt-second = En annen lesning av bildet så ordet { $name }.

## Advice for a better picture: specific and kind.

advice-blur = Bildet er uskarpt: hold telefonen stille.
advice-blur-clip = Filmen er uskarp: drei boksen, eller flytt telefonen, langsommere.
advice-glare = En refleks dekker tekst: vinkle bort fra lampen.
advice-glare-clip = En refleks dekker tekst hele tiden: flytt deg så lampen ikke speiles.
advice-low-light = Det er for mørkt: tenn en lampe.
advice-cropped = Listen går utenfor bildet: gå litt bakover.
advice-cropped-clip = Hele listen synes ikke: drei lenger rundt, eller gå litt bakover.
advice-low-resolution = Teksten er for liten: gå nærmere.
advice-no-text = Ingen tekst synes i bildet.

## What is being done, for those who wait.

progress-intake = Tar imot …
progress-media = Finner teksten på pakningen …
progress-provider = Leser ingredienslisten …
progress-verdict = Vurderer ingrediensene …

## Errors by their code. $what is the particular: a field, a limit, a near route.

error-invalid-json = Forespørselen er ikke gyldig JSON.
error-missing-content = Det er ingenting å analysere. Send et bilde, en video eller tekst.
error-invalid-content-format = Et felt har feil form: { $what }.
error-invalid-base64 = Bildet eller videoen er ikke gyldig base64.
error-ambiguous-content = Send enten ett bilde, flere bilder i feltet images eller én video, ikke flere av dem.
error-unauthenticated = Denne adressen krever et gyldig token eller en gyldig nøkkel.
error-forbidden = Dette er ikke tillatt: nettsiden er ikke godkjent, eller det gjelder en annen bruker.
error-usage-limit-exceeded = Du har brukt månedens { $what } analyser. Du får nye den første i neste måned.
error-provider-override-forbidden = Her kan du ikke velge leverandør. Ta bort feltet provider.
error-not-found = Her finnes det ingenting.{ $what }
error-method-not-allowed = Adressen tar ikke imot den metoden.
error-stale-version = Utrullingen er endret i mellomtiden. Les den på nytt, og gjør endringen ut fra den nye versjonen.
error-duplicate-request = Samme forespørsel er allerede under behandling. Spør igjen om et lite øyeblikk.
error-idempotency-conflict = Nøkkelen er alt brukt til noe annet. Velg en ny for hver analyse.
error-upload-timeout = Opplastingen tok for lang tid. Prøv igjen med bedre dekning eller en kortere video.
error-payload-too-large = Filen er for stor: du kan sende høyst { $what }. Film kortere eller med lavere oppløsning.
error-unsupported-media-type = Filtypen støttes ikke. Send JPEG, PNG, WebP, HEIC, MP4, MOV eller WebM, eller JSON.
error-media-unreadable = Filen kan ikke leses. Ta et nytt bilde eller en ny video.
error-media-too-long = Videoen er for lang. Film bare ingredienslisten, noen få sekunder holder.
error-media-too-large-dimensions = Bildet har for mange bildepunkter. Ta det med lavere oppløsning.
error-media-no-frames = Videoen inneholder ingen bilder. Film på nytt.
error-rate-limited = For mange forespørsler. Vent litt, og prøv igjen.
error-internal = Noe gikk galt hos oss. Prøv igjen, og oppgi feilens id hvis det skjer igjen.
error-provider-refused = Den valgte leverandøren ville ikke lese bildet.
error-provider-invalid-answer = Svaret fra den valgte leverandøren kunne ikke brukes. Prøv igjen.
error-overloaded = Mange analyserer akkurat nå. Prøv igjen om et lite øyeblikk.
error-store-unavailable = Historikken kan ikke nås akkurat nå. Prøv igjen om en stund.
error-video-disabled = Videoanalyse er slått av. Ta et bilde i stedet.
error-interrupted = Analysen ble avbrutt hos oss. Send den på nytt.
error-auth-unavailable = Det er ikke mulig å kontrollere hvem som spør akkurat nå. Prøv igjen om en stund.
error-no-provider-available = Ingen kan lese bildet akkurat nå. Prøv igjen om en stund.
error-deadline-exceeded = Analysen tok for lang tid. Prøv igjen, gjerne med en kortere video.

## The page `/`.

page-language = Norsk
page-languages = Språk
page-skip = Gå til innholdet
page-no-script = Siden trenger JavaScript.
page-no-connection = Ingen kontakt med tjenesten. Sjekk at du er på nett, og prøv igjen.
page-vegan = Vegansk
page-non-vegan = Ikke vegansk
page-uncertain = Usikkert
page-unknown = Ukjent
page-try-heading = Er den vegansk?
page-try-lead = Film eller ta bilde av ingredienslisten. Du får vite hva hver ingrediens er, og hvorfor.
page-film = Film pakningen
page-snap = Ta et bilde
page-choose = Velg bilde eller video
page-drop-hint = Eller slipp en fil her, eller lim inn et bilde.
page-file-hint = En rund boks? Film mens du dreier den én gang rundt; noen sekunder holder. Flere bilder av samme pakning går også bra.
page-type-summary = Eller skriv inn listen selv
page-type-label = Ingredienser
page-type-send = Vurder listen
page-uploading = Sender …
page-uploading-percent = Sender … { $percent } %
page-cancel = Avbryt
page-cancelled = Avbrutt.
page-failure-heading = Det gikk ikke
page-failure-id = Feilens id: { $id }
page-again = Prøv igjen
page-key-label = Nøkkelen din til tjenesten
page-key-send = Fortsett
page-privacy = Bilder lagres aldri. Les alltid pakningen selv hvis du har en allergi.
page-dashboard-link = For dem som drifter tjenesten
page-confidence = Sikkerhet { $percent }
page-watched = Du ville vite om: { $names }.
page-ingredients = Ingredienser ({ $count })
page-match-fuzzy = Tolket tross en lesefeil.
page-match-compound = Tolket som { $name }.
page-traces = Kan inneholde spor av { $names }. Spor avgjør aldri.
page-label = Etiketten
page-label-alt = Etiketten slik den ble lest
page-label-flat = Filmen, rullet ut til ett flatt bilde.
page-label-still = Bildet som ble lest.
page-label-one = Ett av de { $count } bildene som ble lest.
page-decided = Det som avgjorde: { $names }
page-how = Slik ble den lest
page-reader = Leser
page-time = Tid
page-pictures = Bilder
page-pictures-of = { $frames } avkodet, { $pictures } lest
page-price = Kostnad
page-analysis-id = Analysens id
page-opinion = Stemmer det?
page-yes = Ja, det stemmer
page-wrong = Nei, noe er feil
page-right-status = Hva burde svaret være?
page-choose-one = Vet ikke
page-wrong-item = Hva ble feil?
page-whole = Hele svaret
page-comment = Fortell gjerne mer
page-send = Send
page-thanks = Takk! Det hjelper oss å bli bedre.
