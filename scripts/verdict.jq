# Prints one answer of POST /analyze for a person: the verdict, each ingredient in its colour, where the time went.

def ansi: {"vegan": "32", "non-vegan": "31", "uncertain": "33"}[.] // "90";
def painted($status): if $colour then "\u001b[\($status | ansi)m\(.)\u001b[0m" else . end;
def padded($width): . + ((" " * ([$width - length, 0] | max)) // "");
def line($title):
  select(. != null and . != "" and . != []) | ($title | padded(10)) + if type == "array" then join(", ") else . end;
def ingredient($width):
  .status as $status
  | "  " + ("● " + (.name | padded($width)) + "  " + ($status | padded(10)) | painted($status)) + " " + (.reason // "");

. as $answer
| [.ingredientList[] | select(.source == "declared")] as $declared
| ([$declared[].name | length] | max // 0) as $width
| ("\(.status | ascii_upcase | painted($answer.status)) (confidence \(.confidence * 100 | round) %)" | line("Verdict")),
  (.reasoning | line("Why")),
  (.uncertainReasons | line("Doubts")),
  ($declared[] | ingredient($width)),
  (.traceIngredients | line("Traces")),
  (.imageQualityIssues | line("Picture")),
  (.media | "\(.framesDecoded) frames decoded, \(.imagesSent) picture\(if .imagesSent == 1 then "" else "s" end) read by \($answer.provider)" | line("Path")),
  (.timings | "media \(.mediaMs) ms, reading \(.providerMs) ms, verdict \(.verdictMs) ms, total \(.totalMs) ms" | line("Time"))
