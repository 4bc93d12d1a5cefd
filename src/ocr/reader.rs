//! The loaded models and one picture at a time.

use std::ffi::{CStr, CString};
use std::path::Path;

use tesseract::PageSegMode;
use tesseract::plumbing::TessBaseApi;

use super::sag::Sag;
use super::{Error, Line, Page, bare, light, tsv};

/// To be set in the environment of a process that reads, before it starts: without it Tesseract keeps four threads
/// spinning on every core and a busy machine reads several times slower.
pub const THREAD_LIMIT: (&str, &str) = ("OMP_THREAD_LIMIT", "1");

/// Tesseract refuses more rows or columns: it stores coordinates in 16 bits.
const MAX_SIDE: u32 = 32_767;

/// A picture's density as told to Tesseract: any valid number does for its line finder, and a told one keeps it from
/// guessing and warning.
const DOTS_PER_INCH: i32 = 300;

/// Models loaded once, pictures read one after the other. Not to be shared between threads.
pub struct Reader {
    tesseract: TessBaseApi,
}

impl Reader {
    /// Loads the models of `languages` (such as `swe+eng`) from `tessdata`, or from where Tesseract was built to look,
    /// and opens every file it will ever need, so that later reads work inside a sandbox without a file system.
    ///
    /// # Errors
    /// [`Error::Settings`], [`Error::Models`] or [`Error::Variable`]: nothing can be read with these settings.
    pub fn new(tessdata: Option<&Path>, languages: &str) -> Result<Self, Error> {
        let folder = tessdata.map(c_path).transpose()?;
        let names = CString::new(languages).map_err(|error| Error::Settings(Some(error)))?;
        let mut tesseract = TessBaseApi::create();
        tesseract
            .init_2(folder.as_deref(), Some(&names))
            .map_err(|_| Error::Models { languages: languages.to_owned() })?;
        for (name, value) in VARIABLES {
            tesseract.set_variable(name, value).map_err(Error::Variable)?;
        }
        tesseract.set_page_seg_mode(PageSegMode::PsmSparseText.as_tess_page_seg_mode());
        let mut reader = Self { tesseract };
        reader.read(&[u8::MAX; 64 * 64], 64, 64)?;
        Ok(reader)
    }

    /// Reads one picture of `width` × `height` luma bytes, row after row without padding, in evened light: once, and
    /// where its rows sag once more with them straightened.
    ///
    /// # Errors
    /// [`Error::Size`] if the bytes do not fit the size, [`Error::Recognition`] if Tesseract gives up.
    pub fn read(&mut self, luma: &[u8], width: u32, height: u32) -> Result<Page, Error> {
        let size = checked_size(luma, width, height)?;
        let columns = width as usize;
        let even = light::evened(luma, columns);
        let mut lines = self.recognise(&even, size)?;
        if let Some(sag) = Sag::of(&lines) {
            let [luma, even] = [luma, &even].map(|luma| sag.straightened(luma, columns));
            lines = self.recognise(&even, size)?;
            bare::measure(&mut lines, &luma, &even, columns);
        } else {
            bare::measure(&mut lines, luma, &even, columns);
        }
        Ok(Page { width, height, lines })
    }

    /// Reads one picture just as it is: small print on a bright flat photo is read better so.
    ///
    /// # Errors
    /// As [`Reader::read`].
    pub fn read_plain(&mut self, luma: &[u8], width: u32, height: u32) -> Result<Page, Error> {
        let size = checked_size(luma, width, height)?;
        let mut lines = self.recognise(luma, size)?;
        bare::measure(&mut lines, luma, &light::evened(luma, width as usize), width as usize);
        Ok(Page { width, height, lines })
    }

    /// Words of `luma`; the paper around them is not measured.
    fn recognise(&mut self, luma: &[u8], (columns, rows): (i32, i32)) -> Result<Vec<Line>, Error> {
        self.tesseract.set_image(luma, columns, rows, 1, columns).map_err(recognition)?;
        self.tesseract.set_source_resolution(DOTS_PER_INCH);
        self.tesseract.recognize().map_err(recognition)?;
        let tsv = self.tesseract.get_tsv_text(0).map_err(recognition)?;
        Ok(tsv::lines(&tsv.as_ref().to_string_lossy()))
    }
}

/// Tesseract's chatter goes nowhere: it would stand between the log's lines, and could hold text of the picture.
const VARIABLES: [(&CStr, &CStr); 1] = [(c"debug_file", c"/dev/null")];

fn checked_size(luma: &[u8], width: u32, height: u32) -> Result<(i32, i32), Error> {
    let fits = (1..=MAX_SIDE).contains(&width)
        && (1..=MAX_SIDE).contains(&height)
        && luma.len() as u64 == u64::from(width) * u64::from(height);
    match (i32::try_from(width), i32::try_from(height)) {
        (Ok(columns), Ok(rows)) if fits => Ok((columns, rows)),
        _ => Err(Error::Size { bytes: luma.len(), width, height }),
    }
}

fn recognition(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Recognition(Box::new(error))
}

fn c_path(path: &Path) -> Result<CString, Error> {
    let text = path.to_str().ok_or(Error::Settings(None))?;
    CString::new(text).map_err(|error| Error::Settings(Some(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader() -> Reader {
        Reader::new(None, "swe+eng").expect("the Swedish and English models are installed")
    }

    #[test]
    fn a_blank_picture_has_no_lines() {
        assert_eq!(reader().read(&[255; 120 * 80], 120, 80).unwrap().lines, []);
    }

    #[test]
    fn pixels_that_do_not_fit_the_size_are_refused() {
        let mut reader = reader();
        for (width, height) in [(10, 11), (0, 0), (99, 1), (u32::MAX, u32::MAX)] {
            assert!(matches!(reader.read(&[0; 100], width, height), Err(Error::Size { .. })), "{width} × {height}");
        }
    }

    #[test]
    fn a_missing_model_is_a_permanent_fault() {
        let fault = Reader::new(None, "tlh").err().unwrap();
        assert!(matches!(fault, Error::Models { .. }) && fault.is_permanent());
    }
}
