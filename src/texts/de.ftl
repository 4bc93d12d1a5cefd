# Every sentence for people in this language. The format is Fluent's: https://projectfluent.org

## What an ingredient is, as the end of a sentence: it follows "$name is".

kind-dairy = ein Milchprodukt
kind-egg = Ei oder aus Ei gemacht
kind-meat = Fleisch oder aus Fleisch gemacht
kind-fish = Fisch oder aus Fisch gemacht
kind-shellfish = ein Krebs- oder Weichtier
kind-insect = aus Insekten gemacht
kind-bee = ein Erzeugnis von Bienen
kind-slaughter = aus geschlachteten Tieren gewonnen
kind-animal = tierischen Ursprungs
kind-plant = pflanzlich
kind-mineral = Wasser, ein Mineral oder ein Salz
kind-synthetic = ohne Tiere hergestellt
kind-microbial = von Mikroorganismen gebildet
kind-derived = entweder tierisch oder pflanzlich
kind-composite = ein zusammengesetztes Lebensmittel, das oft Tierisches enthält

## Verdicts and their reasons. $name is an ingredient as printed, or several.

verdict-is = { $name } ist { $what }.
verdict-contains = Enthält { $name }: { $what }.
verdict-also = Ebenfalls tierischen Ursprungs: { $name }.
verdict-lifted = Das Etikett nennt einen nicht tierischen Ursprung.
verdict-unknown = Wir erkennen { $name } nicht.
verdict-open = { $name } kann tierischen Ursprungs sein; das Etikett sagt es nicht.
verdict-vouched = Einschätzung des Lesers; der Name steht nicht in unserem Verzeichnis.
verdict-vegan = Keine Zutaten tierischen Ursprungs in der Liste.
verdict-uncertain = Ob das Produkt vegan ist, lässt sich nicht sicher sagen.
verdict-no-list = Es wurde keine Zutatenliste gefunden.
verdict-retake = Fotografiere die ganze Zutatenliste, gerade von vorn und bei gutem Licht.
verdict-retake-clip = Filme die ganze Zutatenliste, langsam und bei gutem Licht.
verdict-conflict = Die Packung sagt vegan, die Liste sagt etwas anderes.

## Why a list is not taken to be whole and true.

doubt-partial = Die Zutatenliste konnte nicht vollständig gelesen werden.
doubt-no-heading = Die Überschrift der Liste ist nicht zu sehen.
doubt-unbalanced = Einer Klammer in der Liste fehlt die andere Hälfte.
doubt-cut = Die Liste scheint abgeschnitten zu sein.
doubt-counterpart = { $name } wurde nicht zweimal gleich gelesen.
doubt-few-known = Zu wenige Zutaten werden erkannt.
doubt-too-long = Der Text ist zu lang, um ganz gelesen zu werden.
doubt-elsewhere = Das Wort { $name } steht auf dem Etikett außerhalb der Liste.
doubt-second = Eine zweite Lesung des Bildes sah das Wort { $name }.

## Advice for a better picture: specific and kind.

advice-blur = Das Bild ist unscharf: Halte das Telefon still.
advice-blur-clip = Der Film ist unscharf: Drehe die Dose oder bewege das Telefon langsamer.
advice-glare = Eine Spiegelung verdeckt Text: Neige sie von der Lampe weg.
advice-glare-clip = Eine Spiegelung verdeckt die ganze Zeit Text: Stell dich so, dass sich die Lampe nicht spiegelt.
advice-low-light = Es ist zu dunkel: Mach Licht an.
advice-cropped = Die Liste ragt aus dem Bild: Geh etwas zurück.
advice-cropped-clip = Die Liste ist nicht ganz zu sehen: Drehe weiter herum oder geh etwas zurück.
advice-low-resolution = Die Schrift ist zu klein: Geh näher heran.
advice-no-text = Im Bild ist kein Text zu sehen.

## What is being done, for those who wait.

progress-intake = Wird empfangen …
progress-media = Der Text auf der Packung wird gesucht …
progress-provider = Die Zutatenliste wird gelesen …
progress-verdict = Die Zutaten werden beurteilt …
