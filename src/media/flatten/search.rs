//! Where the blocks of one side of a seam lie on the other, when hardly anything is known yet: all of them at once.

use super::motion::Levels;

/// Samples searched, around the place that the motion between the frames foretells.
pub const FAR: (i32, i32) = (16, 11);
/// Roll and size that are tried: how often to each side, and in which steps.
const LEANS: (i32, f32) = (4, 0.01);
const GROWTHS: (i32, f32) = (5, 0.0125);
/// Places of one row that are searched.
const WIDTH: usize = 2 * FAR.0.unsigned_abs() as usize + 1;
/// The same in rows.
const HEIGHT: usize = 2 * FAR.1.unsigned_abs() as usize + 1;

/// How well a block agrees with the other side wherever it may lie there.
pub struct Searched {
    /// Its distance from the middle row, samples.
    pub row: f32,
    /// How much there is to hold on to.
    pub texture: f32,
    agreements: Vec<f32>,
}

impl Searched {
    /// Compares a block with `there`, whose sample `origin` is where the block should lie.
    pub fn new(here: &Levels, there: &Levels, origin: (i32, i32), row: f32) -> Self {
        let shifts = (-FAR.1..=FAR.1).flat_map(|along| (-FAR.0..=FAR.0).map(move |across| (across, along)));
        let agreement = |(across, along)| here.agreement(there, origin.0 + across, origin.1 + along);
        Self { row, texture: here.texture(), agreements: shifts.map(agreement).collect() }
    }

    /// The best agreement at most one sample from a shift.
    pub fn agreement(&self, across: i32, along: i32) -> f32 {
        let at = |x: i32, y: i32| {
            let (x, y) = (usize::try_from(x + FAR.0).ok()?, usize::try_from(y + FAR.1).ok()?);
            self.agreements.get(y * WIDTH + x).copied().filter(|_| x < WIDTH)
        };
        let near = (-1..=1).flat_map(|y| (-1..=1).map(move |x| (x, y)));
        near.filter_map(|(x, y)| at(across + x, along + y)).fold(0.0, f32::max)
    }

    /// Adds its agreements, moved by a shift, to `sums`.
    fn add_to(&self, sums: &mut [f32], (across, along): (i32, i32)) {
        let (xs, ys) = (meet(WIDTH, across), meet(HEIGHT, along));
        for y in ys {
            let there = y.saturating_add_signed(along as isize) * WIDTH;
            let from = &self.agreements[there..there + WIDTH][xs.start.saturating_add_signed(across as isize)..];
            let to = &mut sums[y * WIDTH..(y + 1) * WIDTH][xs.clone()];
            to.iter_mut().zip(from).for_each(|(sum, agreement)| *sum += self.texture * agreement);
        }
    }
}

/// The places whose shifted partners are among `count`.
fn meet(count: usize, shift: i32) -> std::ops::Range<usize> {
    let from = usize::try_from(-shift).unwrap_or(0).min(count);
    from..count.saturating_add_signed(-shift as isize).min(count).max(from)
}

/// A shift that grows with the distance from the middle row, in samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rough {
    across: i32,
    lean: f32,
    along: i32,
    growth: f32,
}

impl Rough {
    /// The shift at a row.
    pub fn at(&self, row: f32) -> (i32, i32) {
        (self.across + whole(self.lean * row), self.along + whole(self.growth * row))
    }
}

/// The shift, roll and size at which most blocks agree at once.
#[expect(clippy::cast_precision_loss, reason = "a few steps")]
pub fn together(blocks: &[Searched]) -> Rough {
    let turns = |(count, step): (i32, f32)| (-count..=count).map(move |number| number as f32 * step);
    let mut best = (f32::MIN, Rough { across: 0, lean: 0.0, along: 0, growth: 0.0 });
    let mut sums = vec![0.0; WIDTH * HEIGHT];
    for (lean, growth) in turns(LEANS).flat_map(|lean| turns(GROWTHS).map(move |growth| (lean, growth))) {
        sums.fill(0.0);
        for block in blocks {
            block.add_to(&mut sums, (whole(lean * block.row), whole(growth * block.row)));
        }
        for (row, along) in sums.chunks_exact(WIDTH).zip(-FAR.1..) {
            for (&sum, across) in row.iter().zip(-FAR.0..) {
                if sum > best.0 {
                    best = (sum, Rough { across, lean, along, growth });
                }
            }
        }
    }
    best.1
}

#[expect(clippy::cast_possible_truncation, reason = "a few samples")]
fn whole(samples: f32) -> i32 {
    samples.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_found_together_where_each_alone_is_in_doubt() {
        let block = |row: f32, peaks: &[(i32, i32)]| {
            let mut agreements = vec![0.1; WIDTH * HEIGHT];
            for &(x, y) in peaks {
                let at = usize::try_from((y + FAR.1) * i32::try_from(WIDTH).unwrap() + x + FAR.0).unwrap();
                agreements[at] = 0.8;
            }
            Searched { row, texture: 5.0, agreements }
        };
        // The second places of the blocks lie on no line.
        let blocks =
            [block(-100.0, &[(3, -6), (-9, 8)]), block(0.0, &[(5, -1), (12, 2)]), block(100.0, &[(7, 4), (-14, -7)])];
        let rough = together(&blocks);
        assert_eq!([-100.0, 0.0, 100.0].map(|row| rough.at(row)), [(3, -6), (5, -1), (7, 4)]);
        assert!(blocks[0].agreement(4, -6) > 0.7 && blocks[0].agreement(6, -6) < 0.2);
        assert!(blocks[0].agreement(99, 99).abs() < f32::EPSILON);
    }
}
