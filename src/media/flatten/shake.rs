//! What two frames have in common if they show one surface: it turned by one angle, and the camera shook a little.

use super::surface::Surface;

/// What may happen between two frames: the turn, and the camera's way aside, down, its roll, its way nearer.
const FREE: usize = 5;
/// How much is known against each, for every spot: pixels aside and parts of roll and size are few.
const STIFF: [f32; FREE] = [0.0, 0.02, 0.0, 300.0, 300.0];
/// Pixels off, squared, at which a spot counts half: first, and once the others were heard.
const HALF: [f32; 2] = [9.0, 0.5];
/// Pixels off, from which a spot says nothing more.
const ASTRAY: f32 = 2.0;
/// Spots without which nothing is said.
pub const LEAST_SPOTS: usize = 8;

/// A spot of print, seen in two frames, pixels.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    /// In the first.
    pub here: (f32, f32),
    /// In the second.
    pub there: (f32, f32),
}

/// A spot on the unrolled label, and where it is seen in the second frame.
struct Known {
    label: (f32, f32),
    there: (f32, f32),
}

/// The sum over spots of the square of how far they are seen from where the surface would put them, pixels, whatever turn
/// and shake lies between.
#[expect(clippy::cast_precision_loss, reason = "some spots")]
pub fn off(surface: &Surface, spots: &[Spot]) -> f32 {
    let astray = |count: usize| ASTRAY * ASTRAY * count as f32;
    let label = |spot: &Spot| Some(Known { label: surface.unrolled(spot.here)?, there: spot.there });
    let known: Vec<Known> = spots.iter().filter_map(label).collect();
    let turn = |known: &Known| Some(surface.unrolled(known.there)?.0 - known.label.0);
    let mut turns: Vec<f32> = known.iter().filter_map(turn).collect();
    if turns.len() < LEAST_SPOTS {
        return astray(spots.len());
    }
    let middle = turns.len() / 2;
    let mut free = [0.0; FREE];
    free[0] = *turns.select_nth_unstable_by(middle, f32::total_cmp).1;
    for half in HALF {
        let mut equations = [[0.0; FREE + 1]; FREE];
        for known in &known {
            let (off, ways) = seen(surface, known, &free);
            let weight = 1.0 / (1.0 + (off.0 * off.0 + off.1 * off.1) / half);
            for (equation, way) in equations.iter_mut().zip(&ways) {
                let product = |other: (f32, f32)| weight * (way.0 * other.0 + way.1 * other.1);
                equation.iter_mut().zip(&ways).for_each(|(sum, other)| *sum += product(*other));
                equation[FREE] += product(off);
            }
        }
        for (at, (equation, stiff)) in equations.iter_mut().zip(STIFF).enumerate() {
            let stiff = stiff * known.len() as f32;
            equation[at] += stiff + 1e-6;
            equation[FREE] -= stiff * free[at];
        }
        free.iter_mut().zip(solved(equations)).for_each(|(free, change)| *free += change);
    }
    let square = |known: &Known| {
        let off = seen(surface, known, &free).0;
        (off.0 * off.0 + off.1 * off.1).min(ASTRAY * ASTRAY)
    };
    known.iter().map(square).sum::<f32>() + astray(spots.len() - known.len())
}

/// How far a spot is seen from where it should be, and which way each freedom moves it.
fn seen(surface: &Surface, known: &Known, free: &[f32; FREE]) -> ((f32, f32), [(f32, f32); FREE]) {
    const SMALL: f32 = 0.5;
    let (u, v) = (known.label.0 + free[0], known.label.1);
    let (column, next) = (surface.column(u), surface.column(u + SMALL));
    let place = (column.x, column.row(v));
    let turn = ((next.x - place.0) / SMALL, (next.row(v) - place.1) / SMALL);
    let centre = surface.centre();
    let (x, y) = (place.0 - centre.0, place.1 - centre.1);
    let ways = [turn, (1.0, 0.0), (0.0, 1.0), (-y, x), (x, y)];
    let shaken = free.iter().zip(ways).skip(1);
    let moved = shaken.fold(place, |sum, (free, way)| (sum.0 + free * way.0, sum.1 + free * way.1));
    ((known.there.0 - moved.0, known.there.1 - moved.1), ways)
}

/// Solves a small system by elimination; rows are equations, the last column what they equal.
fn solved(mut equations: [[f32; FREE + 1]; FREE]) -> [f32; FREE] {
    const NOTHING: f32 = 1e-9;
    for pivot in 0..FREE {
        let size = |row: &usize| equations[*row][pivot].abs();
        let best = (pivot..FREE).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(pivot);
        equations.swap(pivot, best);
        let head = equations[pivot];
        for (number, row) in equations.iter_mut().enumerate() {
            if number != pivot && head[pivot].abs() > NOTHING {
                let share = row[pivot] / head[pivot];
                row.iter_mut().zip(head).for_each(|(value, head)| *value -= share * head);
            }
        }
    }
    let value =
        |at: usize| if equations[at][at].abs() > NOTHING { equations[at][FREE] / equations[at][at] } else { 0.0 };
    std::array::from_fn(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_system_is_solved() {
        let mut equations = [[0.0; FREE + 1]; FREE];
        for (at, equation) in equations.iter_mut().enumerate() {
            equation[(at + 2) % FREE] = 2.0;
            equation[at] += 0.5;
            equation[FREE] = 5.0;
        }
        assert!(solved(equations).iter().all(|value| (value - 2.0).abs() < 1e-4));
    }
}
