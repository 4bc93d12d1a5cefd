//! The looks of a clip, laid side by side on the label.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use super::choose::{self, Look, Segment, choose};
use super::keep::Keeper;
use super::level::Fall;
use super::mosaic::{Placement, Strip, Window, draw, width};
use super::plane::{Plane, View};
use super::seams::{Side, fit};
use super::shape::Shape;
use super::surface::Surface;
use super::text::{self, Block};

/// Samples searched for a step between two looks, around the way that was followed.
const AROUND: (i32, i32) = (3, 2);
/// Response from which that search is believed.
const FIRM: f32 = 0.3;
/// Agreement below which a seam is in doubt.
const DOUBT: f32 = 0.5;
/// Single frames that stand in for a label that cannot be laid together.
pub const MOST_VIEWS: usize = 8;
/// How far they lie apart, in reaches.
const VIEW_STEP: f32 = 0.6;
/// Agreement from which a seam needs no look beside it.
const FIRM_SEAM: f32 = 0.72;
/// How often the label is laid together, at most.
const ATTEMPTS: usize = 3;
/// Pixels by which looks may lie off before their columns are chosen anew.
const FAR_OFF: f32 = 40.0;

/// Everything that is known about a clip once its surface is found.
pub struct Table<'a> {
    views: Vec<View<'a>>,
    looks: Vec<Look>,
    shape: &'a Shape,
    /// In the size of the kept frames.
    surface: Surface,
    ratio: f32,
    rows: Range<usize>,
}

/// A label, laid together.
pub struct Laid<'a> {
    strips: Vec<Strip<'a>>,
    /// Where two frames meet, and how well they agree there.
    pub seams: Vec<Seam>,
}

/// Looks, laid side by side, before anything is drawn.
struct Attempt<'a> {
    strips: Vec<Strip<'a>>,
    meetings: Vec<Meeting>,
    /// How far the looks turned out to lie from where they were thought to be, at most.
    way: f32,
}

/// Two looks that follow each other on the label.
struct Meeting {
    looks: (usize, usize),
    /// Column of the label.
    at: f32,
    /// How far the second lies to the right of the first, measured there.
    apart: f32,
    agreement: Option<f32>,
}

impl Meeting {
    fn in_doubt(&self) -> bool {
        self.agreement.is_some_and(|agreement| agreement < DOUBT)
    }
}

impl<'a> Attempt<'a> {
    fn laid(self) -> Laid<'a> {
        let start = self.strips.first().map_or(0.0, |strip| strip.segment.from);
        let seam = |meeting: &Meeting| Seam { column: column(meeting.at - start), agreement: meeting.agreement };
        Laid { seams: self.meetings.iter().map(seam).collect(), strips: self.strips }
    }

    fn doubts(&self) -> usize {
        self.meetings.iter().filter(|meeting| meeting.in_doubt()).count()
    }
}

/// Where two frames meet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seam {
    /// Column of the picture.
    pub column: usize,
    /// Mean correlation of the print on both sides; `None` without print.
    pub agreement: Option<f32>,
}

impl Seam {
    /// Whether its sides show the same print, but not so well that a single frame would not do better.
    pub fn is_weak(&self) -> bool {
        self.agreement.is_some_and(|agreement| agreement < FIRM_SEAM)
    }
}

/// Whether nothing says that a label's print belongs together as it stands: it disagrees at a seam, or there is a seam
/// without any between seams with print.
pub fn are_doubtful(seams: &[&Seam]) -> bool {
    let disagrees = |seam: &&Seam| seam.agreement.is_some_and(|agreement| agreement < DOUBT);
    let mut printed = seams.iter().map(|seam| seam.agreement.is_some()).skip_while(|printed| !printed);
    let torn = printed.any(|printed| !printed) && printed.any(|printed| printed);
    torn || seams.iter().any(disagrees)
}

/// Columns of a picture that one frame lent.
#[derive(Debug, Clone, PartialEq)]
pub struct Piece {
    /// Parts of the picture's width.
    pub columns: Range<f32>,
    /// Number of the kept frame.
    pub frame: usize,
    /// Where it was seen, in parts of the width of the frame as it stands upright.
    pub band: Range<f32>,
}

impl<'a> Table<'a> {
    /// Measures the kept frames.
    pub fn new(keeper: &'a Keeper, shape: &'a Shape) -> Option<Self> {
        let ratio = 2.0 * keeper.ratio();
        let surface = shape.surface.reduced(1.0 / ratio);
        let views: Vec<View<'_>> = keeper.kept.iter().map(|kept| shape.stand.view(&kept.plane)).collect();
        let height = views.first()?.height;
        let printed = shape.printed();
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rows"
        )]
        let rows = (printed.start * height as f32) as usize..(printed.end * height as f32) as usize;
        let sharpness = |view: &View<'_>| choose::sharpness(*view, &surface, rows.clone());
        let look =
            |(view, place): (&View<'_>, &(f32, f32))| Look { place: place.0 * ratio, sharpness: sharpness(view) };
        let looks = views.iter().zip(&shape.places).map(look).collect();
        Some(Self { views, looks, shape, surface, ratio, rows })
    }

    /// Lays the label together, as often as it takes to find looks that agree where they meet. `None` without a single look.
    pub fn lay(&mut self) -> Option<Laid<'a>> {
        let mut apart = HashSet::new();
        let mut latest = self.attempt(&apart)?;
        let mut best: Option<Attempt<'a>> = None;
        for _ in 1..ATTEMPTS {
            if latest.doubts() == 0 && latest.way <= FAR_OFF {
                break;
            }
            apart.extend(latest.meetings.iter().filter(|meeting| meeting.in_doubt()).map(|meeting| meeting.looks));
            self.correct(&latest.meetings);
            let next = self.attempt(&apart)?;
            let before = std::mem::replace(&mut latest, next);
            best = Some(better(best, before));
        }
        let best = better(best, latest);
        Some(best.laid())
    }

    fn attempt(&self, apart: &HashSet<(usize, usize)>) -> Option<Attempt<'a>> {
        let segments = choose(&self.looks, &self.surface, apart);
        let first = segments.first()?;
        let mut placement = Placement::at(self.looks[first.look].place);
        let mut strips = vec![Strip { segment: *first, view: self.views[first.look], placement }];
        let mut meetings: Vec<Meeting> = Vec::new();
        for pair in segments.windows(2) {
            let [a, b] = pair else { continue };
            let guess = self.between(a.look, b.look);
            let left = placement.locate(b.from, 0.0).0;
            let here = Side { view: self.views[a.look], column: left, lift: 0.0 };
            let there = Side { view: self.views[b.look], column: left + guess.0, lift: guess.1 };
            let fit = fit(&self.surface, self.rows.clone(), here, there);
            placement = placement.followed_by(&fit, b.from, guess);
            strips.push(Strip { segment: *b, view: self.views[b.look], placement });
            let apart = -(guess.0 + fit.across);
            meetings.push(Meeting { looks: (a.look, b.look), at: b.from, apart, agreement: fit.agreement });
        }
        let way = meetings.iter().map(|meeting| meeting.apart - self.apart(meeting.looks)).scan(0.0, |sum, off| {
            *sum += off;
            Some(f32::abs(*sum))
        });
        let way = way.fold(0.0, f32::max);
        Some(Attempt { strips, meetings, way })
    }

    fn apart(&self, (a, b): (usize, usize)) -> f32 {
        self.looks[b].place - self.looks[a].place
    }

    /// Moves the looks to where their neighbours say that they are; those between are moved with them.
    #[expect(clippy::cast_precision_loss, reason = "a few looks")]
    fn correct(&mut self, meetings: &[Meeting]) {
        let Some(first) = meetings.first() else { return };
        let mut known = BTreeMap::from([(first.looks.0, 0.0)]);
        let mut off = 0.0;
        for meeting in meetings {
            off = known.get(&meeting.looks.0).copied().unwrap_or(off);
            if !meeting.in_doubt() {
                off += meeting.apart - self.apart(meeting.looks);
            }
            known.entry(meeting.looks.1).or_insert(off);
        }
        for (number, look) in self.looks.iter_mut().enumerate() {
            let (before, after) = (known.range(..=number).next_back(), known.range(number..).next());
            look.place += match (before, after) {
                (Some((&from, &low)), Some((&to, &high))) if to > from => {
                    low + (high - low) * (number - from) as f32 / (to - from) as f32
                }
                (Some((_, &off)), _) | (None, Some((_, &off))) => off,
                (None, None) => 0.0,
            };
        }
    }

    /// Finds the small print of a laid label, within `rows` of the frames. `None` without any.
    pub fn find(&self, laid: &Laid<'_>, rows: &Range<usize>) -> Option<Block> {
        let window = Window { columns: 0..width(&laid.strips), rows: rows.clone(), fall: Fall::default(), step: 2 };
        let found = text::find(&draw(&laid.strips, &self.surface, &window))?;
        Some(found.enlarged(2).below(rows.start))
    }

    /// The picture of a block of a laid label, its lines levelled.
    pub fn picture(&self, laid: &Laid<'_>, block: &Block) -> Plane {
        let Block { columns, rows, fall, .. } = block.clone();
        draw(&laid.strips, &self.surface, &Window { columns, rows, fall, step: 1 })
    }

    /// Which frames lent the columns of a block of a laid label.
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    pub fn pieces(&self, laid: &Laid<'_>, block: &Block) -> Vec<Piece> {
        let start = laid.strips.first().map_or(0.0, |strip| strip.segment.from) + block.columns.start as f32;
        let width = block.columns.len() as f32;
        let piece = |strip: &Strip<'_>| {
            let (from, to) = ((strip.segment.from - start).max(0.0), (strip.segment.to - start).min(width));
            let seen = |column: f32| self.surface.column(strip.placement.locate(start + column, 0.0).0).x;
            let part = |x: f32| (x / strip.view.width as f32).clamp(0.0, 1.0);
            let (columns, band) = (from / width..to / width, part(seen(from))..part(seen(to)));
            (from < to).then_some(Piece { columns, frame: strip.segment.look, band })
        };
        laid.strips.iter().filter_map(piece).collect()
    }

    /// The rows of the frames that are looked at.
    pub fn rows(&self) -> &Range<usize> {
        &self.rows
    }

    /// Sharp frames all along the label, neighbours with more than half of what they show in common, each unrolled as far
    /// as it is seen well. Where the label was lost on its way, places before and after say nothing of each other: each
    /// stretch is shown for itself.
    pub fn across(&self) -> Vec<Laid<'a>> {
        let (stretches, mut frames) = (&self.shape.stretches, Vec::new());
        for stretch in stretches.chunk_by(|a, b| a == b) {
            let from = stretches.partition_point(|number| *number < stretch[0]);
            frames.extend(self.along(from..from + stretch.len()));
        }
        let count = frames.len().min(MOST_VIEWS);
        let sharpness = |number: usize| self.looks[number].sharpness.iter().sum::<f32>();
        let shown = (0..count).filter_map(|part| {
            let near = &frames[part * frames.len() / count..(part + 1) * frames.len() / count];
            near.iter().copied().max_by(|&a, &b| sharpness(a).total_cmp(&sharpness(b)))
        });
        shown.map(|frame| self.alone(frame)).collect()
    }

    /// The frames of one stretch that show all of it.
    #[expect(clippy::cast_precision_loss, reason = "a few frames")]
    fn along(&self, stretch: Range<usize>) -> Vec<usize> {
        let reach = self.surface.reach();
        let (first, last) = self.looks[stretch.clone()]
            .iter()
            .fold((f32::MAX, f32::MIN), |(first, last), look| (first.min(look.place), last.max(look.place)));
        let count = 1 + column(((last - first) / (VIEW_STEP * reach)).ceil()).min(MOST_VIEWS - 1);
        let step = (last - first) / (count.max(2) - 1) as f32;
        let mut frames: Vec<usize> =
            (0..count).filter_map(|number| self.best_at(first + step * number as f32, stretch.clone())).collect();
        frames.dedup();
        frames
    }

    /// Sharp frames that show these columns of a laid picture, unrolled; neighbouring columns share one.
    #[expect(clippy::cast_precision_loss, reason = "pixels")]
    pub fn showing(&self, laid: &Laid<'_>, columns: &[usize]) -> Vec<Laid<'a>> {
        let start = laid.strips.first().map_or(0.0, |strip| strip.segment.from);
        let mut shown: Vec<f32> = Vec::new();
        let mut frames = Vec::new();
        for column in columns {
            let place = start + *column as f32;
            if shown.iter().all(|other| (other - place).abs() > 0.4 * self.surface.reach()) {
                shown.push(place);
                frames.extend(self.best_at(place, 0..self.looks.len()));
            }
        }
        frames.dedup();
        frames.into_iter().map(|frame| self.alone(frame)).collect()
    }

    /// One frame alone, unrolled as far as it is seen well.
    fn alone(&self, frame: usize) -> Laid<'a> {
        let (place, reach) = (self.looks[frame].place, self.surface.reach());
        let segment = Segment { look: frame, from: place - reach, to: place + reach };
        let strip = Strip { segment, view: self.views[frame], placement: Placement::at(place) };
        Laid { strips: vec![strip], seams: Vec::new() }
    }

    /// The frame of `among` that shows a place of the label best, seen from not too far aside.
    fn best_at(&self, place: f32, among: Range<usize>) -> Option<usize> {
        let reach = self.surface.reach();
        let worth = |number: usize| {
            let look = &self.looks[number];
            let aside = ((place - look.place) / (0.5 * reach)).powi(2);
            look.at(place, &self.surface).unwrap_or(0.0).max(1.0) * (1.0 - aside).max(0.0)
        };
        among.max_by(|&a, &b| worth(a).total_cmp(&worth(b)))
    }

    /// How far look `b` lies from look `a`: what is added to a place on the one to find it on the other.
    #[expect(clippy::cast_possible_truncation, reason = "samples")]
    fn between(&self, a: usize, b: usize) -> (f32, f32) {
        let apart = self.apart((a, b));
        let Shape { places, levels, .. } = self.shape;
        let way = (-apart / self.ratio, places[a].1 - places[b].1);
        let step = levels[a].best(&levels[b], (way.0.round() as i32, way.1.round() as i32), AROUND);
        let (across, along) = if step.response > FIRM { (step.across, step.along) } else { way };
        (across * self.ratio, along * self.ratio)
    }
}

/// Of two attempts the one with fewer doubts; of equals the later.
fn better<'a>(before: Option<Attempt<'a>>, next: Attempt<'a>) -> Attempt<'a> {
    match before {
        Some(before) if before.doubts() < next.doubts() => before,
        _ => next,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "pixels of a picture")]
fn column(place: f32) -> usize {
    place.max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_print_holds_together_is_doubtful() {
        let doubtful = |agreements: &[Option<f32>]| {
            let seams: Vec<Seam> = agreements.iter().map(|&agreement| Seam { column: 0, agreement }).collect();
            are_doubtful(&seams.iter().collect::<Vec<_>>())
        };
        assert!(!doubtful(&[]) && !doubtful(&[None]));
        assert!(!doubtful(&[None, Some(0.9), Some(0.6), None, None]), "beside the print there is none");
        assert!(doubtful(&[Some(0.9), Some(0.4)]));
        assert!(doubtful(&[Some(0.9), None, Some(0.7)]));
    }
}
