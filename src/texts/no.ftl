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
