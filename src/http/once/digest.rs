//! What makes two requests with the same key equal: what they ask for, not the bytes it was wrapped in. A phone that
//! sends a form again makes a new boundary for it.

use std::io;

use sha2::{Digest, Sha256};

use crate::domain::{AnalysisRequest, Content, ProviderName};

/// SHA-256 of files, text and wishes, hex. Some ten milliseconds for a large clip, so not on the reactor.
///
/// # Errors
/// When the upload cannot be read.
pub(super) fn of(wanted: &AnalysisRequest) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(wanted.language.tag().as_bytes());
    part(wanted.forced_provider.map_or("", ProviderName::as_str).as_bytes());
    part(&[u8::from(wanted.include_label_image)]);
    part(&(wanted.watched.len() as u64).to_be_bytes());
    wanted.watched.iter().for_each(|word| part(word.as_bytes()));
    match &wanted.content {
        Content::Text { ingredients, text } => {
            part(b"text");
            part(text.as_deref().unwrap_or_default().as_bytes());
            ingredients.iter().for_each(|name| part(name.as_bytes()));
        }
        Content::Media(upload) => {
            part(b"media");
            for file in &upload.files {
                hash.update(file.len()?.to_be_bytes());
                file.each_piece(|piece| hash.update(piece))?;
            }
        }
    }
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::{AnalysisId, Blob, Language, Upload};

    fn asking(content: Content) -> AnalysisRequest {
        AnalysisRequest {
            id: AnalysisId::new(Uuid::nil()),
            user: None,
            premium: false,
            content,
            language: Language::Sv,
            watched: Vec::new(),
            forced_provider: None,
            by_admin: false,
            include_label_image: false,
            listener: crate::domain::Listener::default(),
        }
    }

    fn typed(ingredients: &[&str]) -> AnalysisRequest {
        asking(Content::Text { ingredients: ingredients.iter().map(|&name| name.to_owned()).collect(), text: None })
    }

    fn files(files: &[&[u8]]) -> AnalysisRequest {
        let files = files.iter().map(|bytes| Blob::copy_of(bytes).unwrap()).collect();
        asking(Content::Media(Upload { claimed: None, files }))
    }

    #[test]
    fn whatever_is_asked_for_changes_the_hash_and_nothing_else_does() {
        let base = typed(&["salt", "ost"]);
        let other_id = AnalysisRequest { id: AnalysisId::new(Uuid::max()), ..base.clone() };
        assert_eq!(of(&base).unwrap(), of(&other_id).unwrap());
        let changed = [
            typed(&["salto", "st"]),
            typed(&["salt"]),
            AnalysisRequest { language: Language::En, ..base.clone() },
            AnalysisRequest { watched: vec!["salt".to_owned()], ..base.clone() },
            AnalysisRequest { include_label_image: true, ..base.clone() },
            AnalysisRequest { forced_provider: Some(ProviderName::Local), ..base.clone() },
            files(&[b"ab", b"c"]),
            files(&[b"a", b"bc"]),
        ];
        let mut hashes: Vec<_> = changed.iter().chain([&base]).map(|wanted| of(wanted).unwrap()).collect();
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), changed.len() + 1);
    }
}
