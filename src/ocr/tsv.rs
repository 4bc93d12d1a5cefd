//! Tesseract's TSV answer as lines of words.
//!
//! Columns: level, page, block, paragraph, line, word, left, top, width, height, confidence, text
//! (`TessBaseAPI::GetTSVText` in Tesseract's `src/api/renderer`). Only rows of level 5, the words, carry text.

use super::page::{Line, Word};

const WORD_LEVEL: &str = "5";

/// The words of `tsv` in their lines, nothing said of what is beside them; blank words and rows of any other shape are left out.
pub(super) fn lines(tsv: &str) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut current = None;
    for row in tsv.lines() {
        let columns: Vec<&str> = row.splitn(12, '\t').collect();
        let [WORD_LEVEL, page, block, paragraph, line, _, left, top, width, height, confidence, text] = columns[..]
        else {
            continue;
        };
        let Some(word) = word([left, top, width, height], confidence, text) else { continue };
        let place = Some([page, block, paragraph, line]);
        if place != current {
            lines.push(Line::default());
            current = place;
        }
        if let Some(line) = lines.last_mut() {
            line.words.push(word);
        }
    }
    lines
}

fn word(place: [&str; 4], confidence: &str, text: &str) -> Option<Word> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let [left, top, width, height] = place.map(|number| number.parse().ok());
    let confidence: f32 = confidence.parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–100 first")]
    let confidence = confidence.clamp(0.0, 100.0) as u8;
    Some(Word {
        text: text.to_owned(),
        confidence,
        left: left?,
        top: top?,
        width: width?,
        height: height?,
        ..Word::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TSV: &str = "1\t1\t0\t0\t0\t0\t0\t0\t200\t100\t-1\t\n\
        4\t1\t1\t1\t1\t0\t5\t5\t90\t12\t-1\t\n\
        5\t1\t1\t1\t1\t1\t5\t6\t40\t11\t96.35\tVatten,\n\
        5\t1\t1\t1\t1\t2\t50\t6\t45\t11\t91.2\tGRÄDDE\n\
        5\t1\t1\t1\t2\t1\t5\t26\t9\t11\t95\t \n\
        5\t1\t1\t1\t3\t1\t5\t46\t30\t11\t12.9\tsalt\n";

    #[test]
    fn words_of_one_line_stay_together() {
        let lines = lines(TSV);
        let texts: Vec<Vec<&str>> =
            lines.iter().map(|line| line.words.iter().map(|word| word.text.as_str()).collect()).collect();
        assert_eq!(texts, [vec!["Vatten,", "GRÄDDE"], vec!["salt"]]);
    }

    #[test]
    fn a_word_keeps_its_box_and_confidence() {
        let expected = Word {
            text: "Vatten,".to_owned(),
            confidence: 96,
            left: 5,
            top: 6,
            width: 40,
            height: 11,
            ..Word::default()
        };
        assert_eq!(lines(TSV)[0].words[0], expected);
    }

    #[test]
    fn rows_of_another_shape_are_left_out() {
        assert_eq!(lines("5\t1\t1\n5\t1\t1\t1\t1\t1\t-5\t6\t40\t11\t96\tx\nnonsense"), []);
    }
}
