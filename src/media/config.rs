//! Settings of media preparation, and how workers are started.

use std::path::PathBuf;

use clap::{Args, ValueEnum, value_parser};

use super::wire::FilmLimits;
use crate::domain::MediaStage;

/// What an upload may be, and what preparing it may cost.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
#[group(skip)]
#[command(next_help_heading = "Media")]
pub struct Config {
    /// Longest clip that is accepted, in seconds.
    #[arg(long, env = "MAX_VIDEO_SECONDS", default_value_t = 30, value_parser = value_parser!(u32).range(1..=600))]
    pub max_video_seconds: u32,

    /// Seconds from a clip's start that are looked at; what follows is ignored.
    #[arg(long, env = "VIDEO_MAX_ANALYZE_SECONDS", default_value_t = 12, value_parser = value_parser!(u32).range(1..=60))]
    pub video_max_analyze_seconds: u32,

    /// Longest file of the short film that models which take video are sent, in bytes.
    #[arg(long, env = "VIDEO_CLIP_MAX_BYTES", default_value_t = 2 << 20, value_parser = value_parser!(u64).range(64 << 10..=16 << 20))]
    pub video_clip_max_bytes: u64,

    /// Pictures a second of that film.
    #[arg(long, env = "VIDEO_FPS", default_value_t = 5, value_parser = value_parser!(u32).range(1..=30))]
    pub video_fps: u32,

    /// Most pixels of a photo; a video's frames are bounded by this and by 4K (4096 × 2304).
    #[arg(long, env = "MAX_PIXELS", default_value_t = 50_000_000, value_parser = value_parser!(u64).range(10_000..=200_000_000))]
    pub max_pixels: u64,

    /// Worker processes of each kind (preparing, reading) that are kept ready, and the most that work at once; unset, one
    /// for each processor.
    #[arg(long, env = "MEDIA_WORKERS", value_parser = value_parser!(u16).range(1..=256))]
    pub media_workers: Option<u16>,

    /// Whether workers are confined to a short list of system calls, and by Landlock where the kernel has it. `off` is for
    /// finding faults on a machine of one's own, and refused in production.
    #[arg(long, env = "MEDIA_SANDBOX", value_enum, default_value_t = Sandbox::On)]
    pub media_sandbox: Sandbox,

    /// Address space of one worker while it works, in bytes.
    #[arg(long, env = "MEDIA_MEMORY_BYTES", default_value_t = 1 << 30, value_parser = value_parser!(u64).range(256 << 20..=16 << 30))]
    pub media_memory_bytes: u64,
}

impl Config {
    /// The number of workers of each kind.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.media_workers.map_or_else(|| std::thread::available_parallelism().map_or(2, usize::from), usize::from)
    }

    pub(super) fn film(&self) -> FilmLimits {
        FilmLimits { max_bytes: self.video_clip_max_bytes, frames_a_second: self.video_fps }
    }
}

/// Whether workers give up what their job does not need.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Sandbox {
    /// They do, or they do not start.
    On,
    /// Only their limits hold.
    Off,
}

/// Which jobs a worker is for: only readers load the reading models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Role {
    /// Uploads to pictures.
    Prepare,
    /// Pictures to text.
    Read,
}

/// How a worker is started. Its channel, a Unix stream socket, is its standard input.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct WorkerArgs {
    /// Which jobs it is for.
    #[arg(long)]
    pub role: Role,

    /// Whether it locks itself down.
    #[arg(long, value_enum, default_value_t = Sandbox::On)]
    pub sandbox: Sandbox,

    /// Reading models to load, joined by `+`.
    #[arg(long, default_value = "")]
    pub languages: String,

    /// Folder of the reading models.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
}

impl Sandbox {
    /// The spelling of `--sandbox`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }
}

impl Role {
    /// What its workers do.
    pub(super) fn work(self) -> MediaStage {
        match self {
            Self::Prepare => MediaStage::Prepare,
            Self::Read => MediaStage::Read,
        }
    }

    /// The spelling of `--role`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Prepare => "prepare",
            Self::Read => "read",
        }
    }
}
