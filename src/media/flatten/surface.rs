//! The shape of what is filmed: where a place on the unrolled label is seen in a frame.

/// Focal length of phone cameras, in short sides of their video: 26 to 30 mm (35 mm equivalent), less what
/// stabilisation crops.
const FOCAL_SHORT_SIDES: f32 = 1.2;

/// A camera before a cylinder (axis upright in the picture) or a plane. Lengths are pixels of a frame; unrolled lengths
/// are pixels at the part of the surface that is nearest to the camera.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Surface {
    centre: (f32, f32),
    focal: f32,
    form: Form,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Plane,
    Cylinder {
        /// Angle from the optical axis to the cylinder's axis.
        axis: f32,
        /// From the camera to the cylinder's axis, in radii.
        distance: f32,
        /// Unrolled pixels of a radian: the radius, as the nearest part of the surface is scaled.
        radius: f32,
        /// Sine of the angle at which the camera looks down on it.
        tilt: f32,
    },
}

/// How a column of the unrolled label is seen: `x` is the column in the frame, rows follow `Surface::row`.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// Column of the frame.
    pub x: f32,
    /// `(v - centre + lift) * scale / (1 - fall * (v - centre))`
    lift: f32,
    scale: f32,
    fall: f32,
    centre: f32,
}

impl Column {
    /// The row of the frame that shows unrolled row `v`.
    pub fn row(&self, v: f32) -> f32 {
        let from_centre = v - self.centre;
        self.centre + (from_centre + self.lift) * self.scale / (1.0 - self.fall * from_centre)
    }
}

impl Surface {
    /// A flat pack, in frames of this size.
    pub fn plane((width, height): (f32, f32)) -> Self {
        Self { centre: (width / 2.0, height / 2.0), focal: FOCAL_SHORT_SIDES * width.min(height), form: Form::Plane }
    }

    /// An upright cylinder whose sides stand at the columns `left` and `right`.
    pub fn cylinder((width, height): (f32, f32), left: f32, right: f32, tilt: f32) -> Self {
        let plane = Self::plane((width, height));
        let angle = |x: f32| ((x - plane.centre.0) / plane.focal).atan();
        let (from, to) = (angle(left), angle(right));
        let distance = 1.0 / ((to - from) / 2.0).sin().clamp(0.02, 0.9);
        let radius = plane.focal / (distance - 1.0);
        Self { form: Form::Cylinder { axis: (from + to) / 2.0, distance, radius, tilt }, ..plane }
    }

    /// The same in frames reduced by `factor`.
    pub fn reduced(self, factor: f32) -> Self {
        let form = match self.form {
            Form::Plane => Form::Plane,
            Form::Cylinder { axis, distance, radius, tilt } => {
                Form::Cylinder { axis, distance, radius: radius / factor, tilt }
            }
        };
        Self { centre: (self.centre.0 / factor, self.centre.1 / factor), focal: self.focal / factor, form }
    }

    /// Unrolled columns on each side of the middle that are seen well enough to be used.
    pub fn reach(&self) -> f32 {
        const STEEPEST: f32 = 0.85;
        match self.form {
            Form::Plane => self.centre.0 * 0.96,
            Form::Cylinder { radius, .. } => {
                let mut reach = STEEPEST * radius;
                let inside = |u: f32| (1.0..2.0 * self.centre.0 - 1.0).contains(&self.column(u).x);
                while reach > 0.1 * radius && !(inside(reach) && inside(-reach)) {
                    reach -= 0.02 * radius;
                }
                reach
            }
        }
    }

    /// Cosine of the angle at which column `u` is seen: 1 in front. Planes are seen best in the middle too, by a little.
    pub fn facing(&self, u: f32) -> f32 {
        match self.form {
            Form::Plane => 1.0 - 0.1 * (u / self.centre.0).powi(2),
            Form::Cylinder { radius, .. } => (u / radius).cos(),
        }
    }

    /// The middle of the frame.
    pub fn centre(&self) -> (f32, f32) {
        self.centre
    }

    /// The unrolled place `(u, v)` that is seen at a place of the frame; `None` beside the surface. The inverse of
    /// [`Surface::column`] and [`Column::row`].
    pub fn unrolled(&self, (x, y): (f32, f32)) -> Option<(f32, f32)> {
        match self.form {
            Form::Plane => Some((x - self.centre.0, y)),
            Form::Cylinder { axis, distance, radius, .. } => {
                // From the law of sines in the triangle of camera, axis and surface.
                let angle = ((x - self.centre.0) / self.focal).atan() - axis;
                let sine = distance * angle.sin();
                if sine.abs() >= 0.98 {
                    return None;
                }
                let u = radius * (sine.asin() - angle);
                let Column { lift, scale, fall, centre, .. } = self.column(u);
                let seen = y - centre;
                Some((u, centre + (seen - lift * scale) / (scale + seen * fall)))
            }
        }
    }

    /// Where unrolled column `u`, counted from the middle, is seen.
    pub fn column(&self, u: f32) -> Column {
        match self.form {
            Form::Plane => Column { x: self.centre.0 + u, lift: 0.0, scale: 1.0, fall: 0.0, centre: self.centre.1 },
            Form::Cylinder { axis, distance, radius, tilt } => {
                let (sine, cosine) = (u / radius).sin_cos();
                let depth = distance - cosine;
                Column {
                    x: self.centre.0 + self.focal * (axis + sine.atan2(depth)).tan(),
                    lift: tilt * radius * (1.0 - cosine),
                    scale: (distance - 1.0) / depth,
                    fall: tilt / (radius * depth),
                    centre: self.centre.1,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: (f32, f32) = (1080.0, 1920.0);

    #[test]
    fn a_cylinder_is_seen_between_its_sides() {
        let can = Surface::cylinder(SIZE, 140.0, 940.0, 0.0);
        assert!((can.column(0.0).x - 540.0).abs() < 1.0);
        let radius = 1000.0;
        let edges = [-radius, radius].map(|u: f32| can.column(u).x);
        assert!(edges[0] > 140.0 && edges[0] < 300.0 && edges[1] < 940.0 && edges[1] > 780.0, "{edges:?}");
        assert!(can.facing(0.0) > can.facing(200.0) && can.facing(200.0) > can.facing(400.0));
    }

    #[test]
    fn what_is_further_away_is_smaller() {
        let can = Surface::cylinder(SIZE, 140.0, 940.0, 0.0);
        let (front, side) = (can.column(0.0), can.column(400.0));
        assert!((front.row(1500.0) - 1500.0).abs() < 0.5);
        assert!(side.row(1500.0) < 1480.0 && side.row(400.0) > 420.0);
        assert!(Surface::cylinder(SIZE, 140.0, 940.0, 0.1).column(400.0).row(960.0) > 965.0);
    }

    #[test]
    fn a_plane_is_seen_as_it_is_at_every_size() {
        let column = Surface::plane(SIZE).reduced(4.0).column(50.0);
        assert!((column.x - 185.0).abs() < 0.01 && (column.row(77.0) - 77.0).abs() < 0.01);
    }
}
