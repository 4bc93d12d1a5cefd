//! Where on the label the rows of one picture stand.
//!
//! Words tell which rows of two pictures are one, and words recur: a list in two languages has `Ingredienser` and `salt` in
//! either. But rows keep their distances, so of all ways to lay a picture over the label, each with its own shift and
//! scale, that one is right for which most letters speak.

/// A scale this many times what is likely is never believed, and one between the less the further it is: pictures of one
/// clip, or of one hand, are about as large.
const MOST_STRETCH: f64 = 1.6;

/// So many anchors, those with most letters, are tried as guides: pictures of a pack have fewer rows in common.
const MOST_GUIDES: usize = 40;

/// A row stands where it should if it misses the place by less than this many heights of its letters: rows slope a little.
const REACH_HEIGHTS: f64 = 0.75;

/// A row of the label and one of the picture that may be the same.
#[derive(Debug, Clone, Copy)]
pub(super) struct Anchor {
    /// Where the label has it.
    pub(super) known: f64,
    /// Where the picture has it, pixels from the top.
    pub(super) seen: f64,
    /// Height of its letters on the label.
    pub(super) height: f64,
    /// How many letters speak for it.
    pub(super) letters: f64,
}

/// Makes places on the label of those in a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Placing {
    pub(super) scale: f64,
    pub(super) shift: f64,
}

impl Placing {
    /// The placing that most letters speak for, of a picture whose letters are about `zoom` times as high on the label,
    /// if that was measured; `None` without anchors.
    pub(super) fn of(anchors: &[Anchor], zoom: f64) -> Option<Self> {
        // The boxes of letters are no good measure, but tell a picture taken from much nearer.
        let zoom = if likelihood(zoom) > 0.0 || !zoom.is_normal() { 1.0 } else { zoom };
        let mut guides = anchors.to_vec();
        guides.sort_by(|a, b| b.letters.total_cmp(&a.letters));
        guides.truncate(MOST_GUIDES);
        let alone = guides.iter().map(|anchor| Self::through(anchor, zoom));
        let pairs = guides.iter().enumerate().flat_map(|(index, first)| {
            let scale = |second: &Anchor| (second.known - first.known) / (second.seen - first.seen);
            guides[index + 1..].iter().map(move |second| Self::through(first, scale(second)))
        });
        let letters = |placing: &Self| -> f64 {
            let near: f64 = anchors.iter().map(|anchor| placing.nearness(anchor) * anchor.letters).sum();
            likelihood(placing.scale / zoom) * near
        };
        let scored =
            alone.chain(pairs).map(|placing| (letters(&placing), placing)).filter(|(letters, _)| *letters > 0.0);
        scored.reduce(|best, other| if other.0 > best.0 { other } else { best }).map(|(_, placing)| placing)
    }

    fn through(anchor: &Anchor, scale: f64) -> Self {
        Self { scale, shift: anchor.known - scale * anchor.seen }
    }

    /// The anchors that stand where this placing has them.
    pub(super) fn borne_by(self, anchors: &[Anchor]) -> impl Iterator<Item = &Anchor> {
        anchors.iter().filter(move |anchor| self.fits(anchor))
    }

    pub(super) fn fits(self, anchor: &Anchor) -> bool {
        self.nearness(anchor) > 0.0
    }

    /// 1 where this placing has the row where the label has it, nothing from [`REACH_HEIGHTS`] on.
    fn nearness(self, anchor: &Anchor) -> f64 {
        let miss = (self.on_label(anchor.seen) - anchor.known) / (REACH_HEIGHTS * anchor.height);
        (1.0 - miss * miss).max(0.0)
    }

    /// The place on the label of a place in the picture.
    pub(super) fn on_label(self, seen: f64) -> f64 {
        self.scale * seen + self.shift
    }
}

/// 1 of a scale as it should be, nothing of one that is never believed.
fn likelihood(stretch: f64) -> f64 {
    let share = stretch.ln() / MOST_STRETCH.ln();
    (1.0 - share * share).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchor(known: f64, seen: f64, letters: f64) -> Anchor {
        Anchor { known, seen, height: 20.0, letters }
    }

    #[test]
    fn rows_that_keep_their_distances_outweigh_a_long_word_that_recurs() {
        let anchors = [anchor(100.0, 190.0, 12.0), anchor(180.0, 80.0, 9.0), anchor(224.0, 122.0, 8.0)];
        let placing = Placing::of(&anchors, 1.0).unwrap();
        assert_eq!(placing.borne_by(&anchors).count(), 2);
        assert!((placing.on_label(80.0) - 180.0).abs() < 1.0);
    }

    #[test]
    fn one_row_alone_shifts_the_picture_and_none_leaves_it_unplaced() {
        assert_eq!(Placing::of(&[anchor(100.0, 60.0, 9.0)], 1.0), Some(Placing { scale: 1.0, shift: 40.0 }));
        assert_eq!(Placing::of(&[], 1.0), None);
        let unmeasured = Placing::of(&[anchor(100.0, 60.0, 9.0)], f64::NAN);
        assert_eq!(unmeasured, Some(Placing { scale: 1.0, shift: 40.0 }));
    }

    #[test]
    fn rows_move_apart_as_their_letters_grow_and_no_further() {
        let anchors = [anchor(100.0, 100.0, 9.0), anchor(184.0, 142.0, 9.0)];
        assert_eq!(Placing::of(&anchors, 1.0).unwrap().borne_by(&anchors).count(), 1);
        assert_eq!(Placing::of(&anchors, 2.0).unwrap().borne_by(&anchors).count(), 2);
    }

    #[test]
    fn rows_at_one_height_give_no_scale_and_many_rows_end_in_time() {
        let beside = [anchor(100.0, 100.0, 9.0), anchor(100.0, 100.0, 9.0), anchor(130.0, 100.0, 9.0)];
        assert_eq!(Placing::of(&beside, 1.0), Some(Placing { scale: 1.0, shift: 0.0 }));
        let many: Vec<Anchor> =
            (0..20_000).map(|row| anchor(f64::from(row % 141), f64::from(row % 142), 5.0)).collect();
        assert!(Placing::of(&many, 1.0).is_some());
    }

    #[test]
    fn rows_in_another_order_are_not_the_same() {
        let anchors = [anchor(100.0, 200.0, 9.0), anchor(200.0, 100.0, 8.0)];
        assert_eq!(Placing::of(&anchors, 1.0).unwrap().borne_by(&anchors).count(), 1);
    }
}
