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
