//! The lexicon's loading, and lists judged by it: `cargo bench --bench ingredients`.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use koalens_backend::domain::Language;
use koalens_backend::ingredients::{Engine, Evidence, Policies, Wishes};

/// Twenty ingredients, with compounds, additives in brackets and a trace sentence.
const TWENTY: &str = "Ingredienser: Vetemjöl, vatten, socker, rapsolja, palmfett, havregryn, mandelmassa (socker, \
    mandel), glukossirap, salt, jäst, emulgeringsmedel (E471, lecitin), kokosmjölkspulver, kakaopulver, vetegluten, \
    surhetsreglerande medel (citronsyra), arom, tomatpuré, lökpulver, vitlökspulver, svartpeppar. Kan innehålla spår \
    av nötter.";

fn judge(engine: &Engine, text: &str) {
    let wishes = Wishes { language: Language::Sv, watched: &[], filmed: false };
    black_box(engine.decide(&Evidence::Typed { ingredients: &[], text: Some(text) }, &wishes));
}

fn ingredients(criterion: &mut Criterion) {
    criterion.bench_function("load the lexicon", |bench| bench.iter(|| Engine::new(&Policies::default())));
    let engine = Engine::new(&Policies::default());
    criterion.bench_function("a list of twenty", |bench| bench.iter(|| judge(&engine, TWENTY)));
    let unknown = TWENTY.replace('e', "ö");
    criterion.bench_function("a list of twenty that nobody knows", |bench| bench.iter(|| judge(&engine, &unknown)));
    for (name, letter) in [("commas", ","), ("brackets", "("), ("letters", "a")] {
        let text = letter.repeat(1 << 20);
        criterion.bench_function(&format!("a megabyte of {name}"), |bench| bench.iter(|| judge(&engine, &text)));
    }
}

criterion_group!(benches, ingredients);
criterion_main!(benches);
