//! What one would send of a clip without this service, and what models see of films: frames, by the `ffmpeg` command.

use std::io;
use std::path::Path;

use super::load;
use super::spent::program;
use crate::domain::Blob;
use crate::media::MAX_FILES;

/// Pictures, a file each.
pub(super) type Stills = Vec<Blob>;

/// Frames of a clip at equal distances.
const FRAMES: u32 = 8;

/// What models that take video look at.
const EACH_SECOND: &str = "fps=1";

/// A film as chats and older versions of this service make it.
const SMALL: [&str; 8] = ["-vf", "scale=480:-2", "-c:v", "libx264", "-crf", "30", "-an", "-sn"];

/// Eight frames of a clip of `duration_ms`. `None` where there is no `ffmpeg` command to take it apart.
pub(super) fn frames(clip: &Path, duration_ms: u32) -> io::Result<Option<Stills>> {
    let rate = format!("fps={}/{}", FRAMES * 1000, duration_ms.max(1));
    in_folder(|folder| stills(clip, &rate, FRAMES as usize, folder))
}

/// A frame a second of a film, as models that take video look at it; `None` as before.
pub(super) fn seconds_of(film: &[u8]) -> io::Result<Option<Stills>> {
    in_folder(|folder| {
        let file = folder.join("film.mp4");
        std::fs::write(&file, film)?;
        stills(&file, EACH_SECOND, MAX_FILES, folder)
    })
}

/// A frame a second of a clip made small first; `None` as before.
pub(super) fn seconds_of_small_film(clip: &Path) -> io::Result<Option<Stills>> {
    in_folder(|folder| {
        let file = folder.join("film.mp4");
        let made = program(clip, &[&SMALL[..], &[&*file.to_string_lossy()]].concat());
        if made { stills(&file, EACH_SECOND, MAX_FILES, folder) } else { Ok(None) }
    })
}

fn stills(clip: &Path, rate: &str, most: usize, folder: &Path) -> io::Result<Option<Stills>> {
    let (names, most) = (folder.join("%d.png"), most.to_string());
    if !program(clip, &["-vf", rate, "-frames:v", &most, &names.to_string_lossy()]) {
        return Ok(None);
    }
    let files = (1..).map(|number| folder.join(format!("{number}.png"))).take_while(|file| file.is_file());
    let files = files.map(|file| load(&file)).collect::<io::Result<Stills>>()?;
    Ok((!files.is_empty()).then_some(files))
}

/// Does `work` in a folder of its own, which is gone afterwards.
fn in_folder<T>(work: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
    let folder = std::env::temp_dir().join(format!("koalens-eval-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let done = work(&folder);
    std::fs::remove_dir_all(&folder)?;
    done
}
