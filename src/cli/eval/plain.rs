//! What one would send without this service: eight frames at equal distances, or the photo as it is.

use std::path::Path;
use std::process::{Command as Program, Stdio};

use super::load;
use crate::domain::{MediaFacts, MediaKind, Upload};

/// Frames of a clip.
const FRAMES: u32 = 8;

/// Those pictures as an upload of their own. `None` for a clip where there is no `ffmpeg` command to take it apart.
pub(super) fn plain(path: &Path, facts: MediaFacts) -> std::io::Result<Option<Upload>> {
    if facts.kind != MediaKind::Video {
        return Ok(Some(Upload { claimed: None, files: vec![load(path)?] }));
    }
    let folder = std::env::temp_dir().join(format!("koalens-eval-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let taken = frames(path, facts.duration_ms.unwrap_or(1), &folder);
    std::fs::remove_dir_all(&folder)?;
    taken
}

fn frames(path: &Path, duration_ms: u32, folder: &Path) -> std::io::Result<Option<Upload>> {
    let rate = format!("fps={}/{}", FRAMES * 1000, duration_ms.max(1));
    let mut ffmpeg = Program::new("ffmpeg");
    ffmpeg.args(["-v", "error", "-i"]).arg(path).args(["-vf", &rate, "-frames:v", &FRAMES.to_string()]);
    ffmpeg.arg(folder.join("%d.png")).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !ffmpeg.status().is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    let files = (1..=FRAMES).map(|number| folder.join(format!("{number}.png"))).filter(|file| file.is_file());
    let files = files.map(|file| load(&file)).collect::<std::io::Result<Vec<_>>>()?;
    Ok((!files.is_empty()).then_some(Upload { claimed: None, files }))
}
