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

## Errors by their code. $what is the particular: a field, a limit, a near route.

error-invalid-json = Die Anfrage ist kein gültiges JSON.
error-missing-content = Es gibt nichts zu analysieren. Sende ein Bild, ein Video oder Text.
error-invalid-content-format = Ein Feld hat die falsche Form: { $what }.
error-invalid-base64 = Das Bild oder Video ist kein gültiges Base64.
error-ambiguous-content = Sende entweder ein Bild, mehrere Bilder im Feld images oder ein Video, nicht mehreres davon.
error-unauthenticated = Diese Adresse verlangt ein gültiges Token oder einen gültigen Schlüssel.
error-forbidden = Das ist nicht erlaubt: Die Webseite ist nicht freigegeben, oder es geht um jemand anderen.
error-usage-limit-exceeded = Du hast die { $what } Analysen dieses Monats verbraucht. Neue gibt es am Ersten des nächsten Monats.
error-provider-override-forbidden = Der Anbieter lässt sich hier nicht wählen. Lass das Feld provider weg.
error-not-found = Hier ist nichts.{ $what }
error-method-not-allowed = Die Adresse nimmt diese Methode nicht an.
error-stale-version = Die Einführung wurde inzwischen geändert. Lies sie neu und ändere sie ausgehend von der neuen Version.
error-duplicate-request = Dieselbe Anfrage wird schon bearbeitet. Frag gleich noch einmal.
error-idempotency-conflict = Der Schlüssel wurde schon für etwas anderes benutzt. Wähle für jede Analyse einen neuen.
error-upload-timeout = Das Hochladen hat zu lange gedauert. Versuche es mit besserem Empfang oder einem kürzeren Video noch einmal.
error-payload-too-large = Die Datei ist zu groß: Senden lassen sich höchstens { $what }. Filme kürzer oder mit geringerer Auflösung.
error-unsupported-media-type = Dieser Dateityp wird nicht unterstützt. Sende JPEG, PNG, WebP, HEIC, MP4, MOV oder WebM, oder JSON.
error-media-unreadable = Die Datei lässt sich nicht lesen. Nimm ein neues Bild oder Video auf.
error-media-too-long = Das Video ist zu lang. Filme nur die Zutatenliste, ein paar Sekunden genügen.
error-media-too-large-dimensions = Das Bild hat zu viele Bildpunkte. Nimm es mit geringerer Auflösung auf.
error-media-no-frames = Das Video enthält keine Bilder. Filme noch einmal.
error-rate-limited = Zu viele Anfragen. Warte einen Moment und versuche es noch einmal.
error-internal = Bei uns ist etwas schiefgegangen. Versuche es noch einmal und nenne die Kennung des Fehlers, wenn es wieder passiert.
error-provider-refused = Der gewählte Anbieter wollte das Bild nicht lesen.
error-provider-invalid-answer = Die Antwort des gewählten Anbieters war nicht zu gebrauchen. Versuche es noch einmal.
error-overloaded = Gerade analysieren viele. Versuche es gleich noch einmal.
error-store-unavailable = Der Verlauf ist gerade nicht erreichbar. Versuche es später noch einmal.
error-video-disabled = Die Videoanalyse ist abgeschaltet. Mach stattdessen ein Bild.
error-interrupted = Die Analyse wurde bei uns unterbrochen. Sende sie noch einmal.
error-auth-unavailable = Wer fragt, lässt sich gerade nicht prüfen. Versuche es später noch einmal.
error-no-provider-available = Gerade kann niemand das Bild lesen. Versuche es später noch einmal.
error-deadline-exceeded = Die Analyse hat zu lange gedauert. Versuche es noch einmal, am besten mit einem kürzeren Video.

## The page `/`.

page-language = Deutsch
page-languages = Sprache
page-skip = Zum Inhalt
page-no-script = Diese Seite braucht JavaScript.
page-no-connection = Keine Verbindung zum Dienst. Prüfe, ob du online bist, und versuche es noch einmal.
page-vegan = Vegan
page-non-vegan = Nicht vegan
page-uncertain = Unsicher
page-unknown = Unbekannt
page-try-heading = Ist es vegan?
page-try-lead = Filme oder fotografiere die Zutatenliste. Du erfährst, was jede Zutat ist und warum.
page-film = Packung filmen
page-snap = Foto machen
page-choose = Foto oder Video wählen
page-drop-hint = Oder lege eine Datei hier ab, oder füge ein Bild ein.
page-file-hint = Eine runde Dose? Filme, während du sie einmal drehst; ein paar Sekunden genügen. Mehrere Fotos derselben Packung gehen auch.
page-type-summary = Oder schreib die Liste selbst
page-type-label = Zutaten
page-type-send = Liste beurteilen
page-uploading = Wird gesendet …
page-uploading-percent = Wird gesendet … { $percent } %
page-cancel = Abbrechen
page-cancelled = Abgebrochen.
page-failure-heading = Das hat nicht geklappt
page-failure-id = Kennung des Fehlers: { $id }
page-again = Noch einmal versuchen
page-key-label = Dein Schlüssel zum Dienst
page-key-send = Weiter
page-privacy = Bilder werden nie aufbewahrt. Lies die Packung immer selbst, wenn du eine Allergie hast.
page-dashboard-link = Für alle, die den Dienst betreiben
page-confidence = Sicherheit { $percent }
page-watched = Du wolltest davon wissen: { $names }.
page-ingredients = Zutaten ({ $count })
page-match-fuzzy = Trotz eines Lesefehlers verstanden.
page-match-compound = Verstanden als { $name }.
page-traces = Kann Spuren enthalten von: { $names }. Spuren entscheiden nie.
page-label = Das Etikett
page-label-alt = Das Etikett, wie es gelesen wurde
page-label-flat = Der Film, zu einem flachen Bild abgerollt.
page-label-still = Das Bild, das gelesen wurde.
page-label-one = Eines der { $count } Bilder, die gelesen wurden.
page-decided = Was den Ausschlag gab: { $names }
page-how = So wurde es gelesen
page-reader = Leser
page-time = Zeit
page-pictures = Bilder
page-pictures-of = { $frames } dekodiert, { $pictures } gelesen
page-price = Kosten
page-analysis-id = Kennung der Analyse
page-opinion = Stimmt das?
page-yes = Ja, das stimmt
page-wrong = Nein, etwas ist falsch
page-right-status = Wie sollte die Antwort lauten?
page-choose-one = Ich weiß es nicht
page-wrong-item = Was ist falsch?
page-whole = Die ganze Antwort
page-comment = Erzähl uns gern mehr
page-send = Senden
page-thanks = Danke! Das hilft uns, besser zu werden.
