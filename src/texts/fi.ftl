# Every sentence for people in this language. The format is Fluent's: https://projectfluent.org

## What an ingredient is, as the end of a sentence: it follows "$name is".

kind-dairy = maitotuote
kind-egg = kananmunaa tai siitä tehty
kind-meat = lihaa tai lihasta tehty
kind-fish = kalaa tai kalasta tehty
kind-shellfish = äyriäinen tai nilviäinen
kind-insect = hyönteisistä tehty
kind-bee = mehiläisten tuote
kind-slaughter = peräisin teurastetuista eläimistä
kind-animal = eläinperäinen
kind-plant = kasviperäinen
kind-mineral = vesi, mineraali tai suola
kind-synthetic = valmistettu ilman eläimiä
kind-microbial = mikro-organismien valmistama
kind-derived = valmistettu joko eläimistä tai kasveista
kind-composite = koostettu elintarvike, jossa on usein jotakin eläinperäistä

## Verdicts and their reasons. $name is an ingredient as printed, or several.

verdict-is = { $name } on { $what }.
verdict-contains = Sisältää: { $name }, joka on { $what }.
verdict-also = Myös eläinperäisiä: { $name }.
verdict-lifted = Pakkaus ilmoittaa muun kuin eläinperäisen alkuperän.
verdict-unknown = Emme tunnista ainesosaa { $name }.
verdict-open = { $name } voi olla eläinperäistä; pakkaus ei kerro alkuperää.
verdict-vouched = Lukijan arvio; nimi ei ole rekisterissämme.
verdict-vegan = Luettelossa ei ole eläinperäisiä ainesosia.
verdict-uncertain = Ei voi sanoa varmasti, onko tuote vegaaninen.
verdict-no-list = Ainesosaluetteloa ei löytynyt.
verdict-retake = Kuvaa koko ainesosaluettelo suoraan edestä ja hyvässä valossa.
verdict-retake-clip = Kuvaa videolle koko ainesosaluettelo, hitaasti ja hyvässä valossa.
verdict-conflict = Pakkaus sanoo vegaaninen, mutta luettelo sanoo muuta.

## Why a list is not taken to be whole and true.

doubt-partial = Koko ainesosaluetteloa ei voitu lukea.
doubt-no-heading = Luettelon otsikkoa ei näy.
doubt-unbalanced = Luettelon sulkumerkeistä puuttuu pari.
doubt-cut = Luettelo näyttää katkenneen.
doubt-counterpart = { $name } ei luettu samoin kahdesti.
doubt-few-known = Liian harva ainesosa tunnistettiin.
doubt-too-long = Teksti on liian pitkä luettavaksi kokonaan.
doubt-elsewhere = Sana { $name } on pakkauksessa luettelon ulkopuolella.
doubt-second = Kuvan toinen luku näki sanan { $name }.

## Advice for a better picture: specific and kind.

advice-blur = Kuva on epätarkka: pidä puhelin paikallaan.
advice-blur-clip = Video on epätarkka: käännä tölkkiä tai liikuta puhelinta hitaammin.
advice-glare = Heijastus peittää tekstiä: käännä pois lampusta.
advice-glare-clip = Heijastus peittää tekstiä koko ajan: siirry niin, ettei lamppu heijastu.
advice-low-light = On liian pimeää: sytytä valo.
advice-cropped = Luettelo jää kuvan ulkopuolelle: siirry kauemmas.
advice-cropped-clip = Luettelo ei näy kokonaan: käännä pidemmälle tai siirry kauemmas.
advice-low-resolution = Teksti on liian pientä: siirry lähemmäs.
advice-no-text = Kuvassa ei näy tekstiä.

## What is being done, for those who wait.

progress-intake = Vastaanotetaan …
progress-media = Etsitään pakkauksen tekstiä …
progress-provider = Luetaan ainesosaluetteloa …
progress-verdict = Arvioidaan ainesosia …

## Errors by their code. $what is the particular: a field, a limit, a near route.

error-invalid-json = Pyyntö ei ole kelvollista JSONia.
error-missing-content = Analysoitavaa ei ole. Lähetä kuva, video tai teksti.
error-invalid-content-format = Kentän muoto on väärä: { $what }.
error-invalid-base64 = Kuva tai video ei ole kelvollista base64:ää.
error-ambiguous-content = Lähetä joko yksi kuva, useita kuvia kentässä images tai yksi video, ei useampaa näistä.
error-unauthenticated = Tämä osoite vaatii kelvollisen tunnisteen tai avaimen.
error-forbidden = Tämä ei ole sallittua: verkkosivua ei ole hyväksytty tai asia koskee toista käyttäjää.
error-usage-limit-exceeded = Olet käyttänyt kuukauden analyysit ({ $what }). Saat uusia ensi kuun ensimmäisenä päivänä.
error-provider-override-forbidden = Palveluntarjoajaa ei voi valita täällä. Jätä kenttä provider pois.
error-not-found = Täällä ei ole mitään.{ $what }
error-method-not-allowed = Osoite ei hyväksy tätä metodia.
error-stale-version = Käyttöönotto on muuttunut sillä välin. Lue se uudelleen ja tee muutos uuden version pohjalta.
error-duplicate-request = Samaa pyyntöä käsitellään jo. Kysy hetken päästä uudelleen.
error-idempotency-conflict = Avain on jo käytetty johonkin muuhun. Valitse jokaiselle analyysille uusi.
error-upload-timeout = Lähetys kesti liian kauan. Yritä uudelleen paremmalla yhteydellä tai lyhyemmällä videolla.
error-payload-too-large = Tiedosto on liian suuri: lähettää voi enintään { $what }. Kuvaa lyhyempi video tai käytä pienempää tarkkuutta.
error-unsupported-media-type = Tiedostotyyppiä ei tueta. Lähetä JPEG, PNG, WebP, HEIC, MP4, MOV tai WebM, tai JSON.
error-media-unreadable = Tiedostoa ei voi lukea. Ota uusi kuva tai video.
error-media-too-long = Video on liian pitkä. Kuvaa vain ainesosaluettelo, muutama sekunti riittää.
error-media-too-large-dimensions = Kuvassa on liikaa kuvapisteitä. Ota se pienemmällä tarkkuudella.
error-media-no-frames = Videossa ei ole kuvia. Kuvaa uudelleen.
error-rate-limited = Liian monta pyyntöä. Odota hetki ja yritä uudelleen.
error-internal = Meillä meni jokin vikaan. Yritä uudelleen, ja jos se toistuu, ilmoita virheen tunnus.
error-provider-refused = Valittu palveluntarjoaja ei suostunut lukemaan kuvaa.
error-provider-invalid-answer = Valitun palveluntarjoajan vastausta ei voitu käyttää. Yritä uudelleen.
error-overloaded = Moni analysoi juuri nyt. Yritä hetken päästä uudelleen.
error-store-unavailable = Historiaan ei juuri nyt saada yhteyttä. Yritä myöhemmin uudelleen.
error-video-disabled = Videoiden analysointi on pois käytöstä. Ota sen sijaan kuva.
error-interrupted = Analyysi keskeytyi meistä johtuen. Lähetä se uudelleen.
error-auth-unavailable = Kysyjää ei voida juuri nyt tunnistaa. Yritä myöhemmin uudelleen.
error-no-provider-available = Kuvaa ei voida juuri nyt lukea. Yritä myöhemmin uudelleen.
error-deadline-exceeded = Analyysi kesti liian kauan. Yritä uudelleen, mieluiten lyhyemmällä videolla.

## The page `/`.

page-language = Suomi
page-languages = Kieli
page-skip = Siirry sisältöön
page-no-script = Sivu tarvitsee JavaScriptin.
page-no-connection = Palveluun ei saada yhteyttä. Tarkista verkkoyhteytesi ja yritä uudelleen.
page-vegan = Vegaaninen
page-non-vegan = Ei vegaaninen
page-uncertain = Epävarma
page-unknown = Tuntematon
page-try-heading = Onko se vegaaninen?
page-try-lead = Kuvaa ainesosaluettelo videolle tai valokuvaksi. Saat tietää, mitä kukin ainesosa on ja miksi.
page-film = Kuvaa pakkaus videolle
page-snap = Ota kuva
page-choose = Valitse kuva tai video
page-drop-hint = Tai pudota tiedosto tähän, tai liitä kuva.
page-file-hint = Pyöreä tölkki? Kuvaa, kun käännät sen kerran ympäri; muutama sekunti riittää. Myös useampi kuva samasta pakkauksesta käy.
page-type-summary = Tai kirjoita luettelo itse
page-type-label = Ainesosat
page-type-send = Arvioi luettelo
page-uploading = Lähetetään …
page-uploading-percent = Lähetetään … { $percent } %
page-cancel = Keskeytä
page-cancelled = Keskeytetty.
page-failure-heading = Se ei onnistunut
page-failure-id = Virheen tunnus: { $id }
page-again = Yritä uudelleen
page-key-label = Avaimesi palveluun
page-key-send = Jatka
page-privacy = Kuvia ei koskaan tallenneta. Jos sinulla on allergia, lue pakkaus aina itse.
page-dashboard-link = Palvelun ylläpitäjille
page-confidence = Varmuus { $percent }
page-watched = Halusit tietää näistä: { $names }.
page-ingredients = Ainesosat ({ $count })
page-match-fuzzy = Tulkittu lukuvirheestä huolimatta.
page-match-compound = Tulkittu nimeksi { $name }.
page-traces = Saattaa sisältää pieniä määriä: { $names }. Ne eivät koskaan ratkaise.
page-label = Etiketti
page-label-alt = Etiketti sellaisena kuin se luettiin
page-label-flat = Video, avattuna yhdeksi tasaiseksi kuvaksi.
page-label-still = Kuva, joka luettiin.
page-label-one = Yksi luetuista kuvista ({ $count }).
page-decided = Ratkaisevaa: { $names }
page-how = Näin se luettiin
page-reader = Lukija
page-time = Aika
page-pictures = Kuvat
page-pictures-of = { $frames } purettu, { $pictures } luettu
page-price = Hinta
page-analysis-id = Analyysin tunnus
page-opinion = Pitääkö tämä paikkansa?
page-yes = Kyllä, oikein
page-wrong = Ei, jokin on väärin
page-right-status = Mikä vastauksen pitäisi olla?
page-choose-one = En tiedä
page-wrong-item = Mikä meni väärin?
page-whole = Koko vastaus
page-comment = Kerro mielellään lisää
page-send = Lähetä
page-thanks = Kiitos! Se auttaa meitä parantamaan.
