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
