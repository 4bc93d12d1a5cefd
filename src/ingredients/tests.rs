//! The room as a whole: the traps, labels, pictures, hostile text.

use super::*;
use crate::domain::{Legibility, QualityIssue, ReadIngredient, Source as Place};

pub(super) fn engine() -> Engine {
    static ENGINE: std::sync::LazyLock<Engine> = std::sync::LazyLock::new(|| Engine::new(&Policies::default()));
    ENGINE.clone()
}

pub(super) fn typed(text: &str, language: Language) -> Verdict {
    let evidence = Evidence::Typed { ingredients: &[], text: Some(text) };
    engine().decide(&evidence, &Wishes { language, watched: &[], filmed: false })
}

pub(super) fn status(name: &str, language: Language) -> Status {
    let names = [name.to_owned()];
    let evidence = Evidence::Typed { ingredients: &names, text: None };
    engine().decide(&evidence, &Wishes { language, watched: &[], filmed: false }).status
}

pub(super) fn local(text: &str) -> Reading {
    Reading {
        label_text: text.to_owned(),
        language: None,
        legibility: Legibility::Full,
        issues: Vec::new(),
        ingredients: None,
        claims: Vec::new(),
    }
}

pub(super) fn listed(text: &str, names: &[&str]) -> Reading {
    let ingredients = names.iter().map(|name| ReadIngredient {
        name: (*name).to_owned(),
        source: Place::Declared,
        status: None,
        translated_name: None,
        confidence: 0.9,
    });
    Reading { ingredients: Some(ingredients.collect()), ..local(text) }
}

pub(super) fn picture(reading: &Reading, second: Option<&str>) -> Verdict {
    engine()
        .decide(&Evidence::Picture { reading, second }, &Wishes { language: Language::Sv, watched: &[], filmed: false })
}

pub(super) fn labels() -> impl Iterator<Item = (Language, &'static str, String)> + Clone {
    include_str!("labels.psv").lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut cells = line.splitn(3, '|').map(str::trim);
        let language = Language::from_tag(cells.next().unwrap());
        (language, cells.next().unwrap(), cells.next().unwrap().replace("/n", "\n"))
    })
}

#[test]
fn labels_written_before_tuning_get_their_verdicts() {
    let wrong: Vec<String> = labels()
        .map(|(language, wanted, text)| (wanted, typed(&text, language), text))
        .filter(|(wanted, verdict, _)| verdict.status.as_str() != *wanted)
        .map(|(wanted, verdict, text)| {
            format!("{wanted} != {}: {text}\n  {:?}", verdict.status.as_str(), verdict.uncertain_reasons)
        })
        .collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

fn expect(names: &[(Language, &str)], wanted: Status) {
    let list = names.iter().flat_map(|(language, names)| names.split(", ").map(move |name| (*language, name)));
    let wrong: Vec<_> = list.map(|(l, name)| (name, status(name, l))).filter(|(_, got)| *got != wanted).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn what_only_looks_animal_is_vegan() {
    use Language::{Da, De, En, Fi, No, Sv};
    let names = [
        (
            Sv,
            "kokosmjölk, havremjölk, mandelsmör, jordnötssmör, kakaosmör, sheasmör, smörgåsgurka, smörbönor, mjölksyra, mjölktistel, äggplanta, ostronskivling, honungsmelon, köttfri färs, tomatkött, laxrosa, rödvinsvinäger, vetegrodd, oxalsyra, buljong på grönsaker, fiskfri, utan gelatin, utan mjölk, fri från ägg, vegansk ost, ej animalisk löpe, mikrobiell löpe, vegetabilisk glycerin",
        ),
        (De, "Kokosmilch, Erdnussbutter, Butternut, Bohnenkäse, Fleischtomate"),
        (
            En,
            "coconut milk, cocoa butter, milk thistle, cream of tartar, butternut squash, buttercup, eggplant, egg-free, honeydew, oyster mushroom, beefsteak tomato, jackfruit meat, vegetable suet, bean curd, kombu dashi",
        ),
        (Fi, "hiilihappo, porkkana, kookosmaito, maitohappo"),
        (Da, "kokosmælk, æblemost, smørbønner"),
        (No, "kokosmelk, peanøtsmør, eplemost, smørbønner, melkesyre"),
    ];
    expect(&names, Status::Vegan);
}

#[test]
fn what_only_looks_innocent_is_animal() {
    use Language::{De, En, Fi, No, Sv};
    let names = [
        (
            Sv,
            "vassle, kasein, kaseinat, laktos, ghee, mjölkfasta ämnen, löpe, talg, isterflott, buljong (kött), worcestersås, ansjovis, karmin, shellack, bivax, lanolin, gelatin, kollagen, hydrolyserat kollagen, husbloss, pepsin, albumin, lysozym, äggvita, surimi, skirat smör, dashi (bonito), bonito, parmesan, pesto (ost), natriumkaseinat, mysepulver, valle, laktosfri grädde, E120, E 901, E-441, £120",
        ),
        (No, "syrnet melk, melkefaststoffer"),
        (De, "Molke, Süßmolkenpulver, Butterreinfett, Speck, Schmalz"),
        (Fi, "hera, voi, rahka, liivate, maidon kuiva-aineet"),
        (En, "suet, rennet, tallow, lard, whey, curds, ghee, anchovy, squid ink, cochineal, natural red 4, isinglass"),
    ];
    expect(&names, Status::NonVegan);
}

#[test]
fn what_stands_in_brackets_never_redeems_an_animal() {
    assert_eq!(typed("gelatin (socker, vatten), salt", Language::Sv).status, Status::NonVegan);
    assert_eq!(typed("choklad (socker, kakaomassa, kakaosmör)", Language::Sv).status, Status::Vegan);
    assert_eq!(typed("pasta (durumvete), salt", Language::Sv).status, Status::Vegan);
    assert_eq!(typed("pasta (durumvete, ägg), salt", Language::Sv).status, Status::NonVegan);
    assert_eq!(typed("äggpasta (durumvete), salt", Language::Sv).status, Status::NonVegan);
    assert_eq!(typed("pasta (basilika), salt", Language::Sv).status, Status::Uncertain);
    assert_eq!(typed("pesto (basilika), salt", Language::Sv).status, Status::Uncertain);
}

#[test]
fn open_origins_stay_uncertain_unless_the_label_names_one() {
    let names =
        [(Language::Sv, "E471, mono- och diglycerider av fettsyror, vitamin D, D3-vitamin, E920, glycerol, margarin")];
    expect(&names, Status::Uncertain);
    expect(
        &[(Language::Sv, "glycerol (från soja), vitamin D3 (från lav), E471 (vegetabiliskt ursprung)")],
        Status::Vegan,
    );
}

#[test]
fn vitamins_follow_one_another_by_their_letters() {
    use Language::{Da, De, Fi, Fr, Sv};
    let vegan = [
        (Sv, "vatten, vitamin A, D2 och E, salt"),
        (Da, "vand, vitamin A, D2 og E, salt"),
        (De, "Wasser, Vitamine A, E, D2; Salz"),
        (Fr, "eau, vitamines A, D2, E, sel"),
        (Fi, "vesi, vitamiinit: A, E, B12, suola"),
    ];
    for (language, text) in vegan {
        assert_eq!(typed(text, language).status, Status::Vegan, "{text}");
    }
    assert_eq!(typed("vatten, vitamin A, D och E, salt", Sv).status, Status::Uncertain);
    assert_eq!(typed("vatten, vitamin A, ost, salt", Sv).status, Status::NonVegan);
    assert_eq!(typed("vatten, salt, E", Sv).status, Status::Uncertain);
}

#[test]
fn what_follows_a_colon_settles_a_hull_or_a_prepared_food() {
    use Language::{De, Sv};
    assert_eq!(typed("Wasser, Hülle: Calciumalginat, Salz", De).status, Status::Vegan);
    assert_eq!(typed("Wasser, Hülle: Rinderdarm, Salz", De).status, Status::NonVegan);
    assert_eq!(typed("Wasser, Hülle, Calciumalginat, Salz", De).status, Status::Uncertain);
    assert_eq!(typed("vatten, margarin: 20 %, salt", Sv).status, Status::Uncertain);
    assert_eq!(typed("vatten, E471: lecitin, salt", Sv).status, Status::Uncertain);
}

#[test]
fn caramel_with_its_number_is_the_colour() {
    let status = |text| typed(text, Language::En).status;
    assert_eq!(status("water, colour (caramel E150d), salt"), Status::Vegan);
    assert_eq!(status("water, colour (caramel (E150d)), salt"), Status::Vegan);
    assert_eq!(status("water, caramel, salt"), Status::Uncertain);
}

#[test]
fn a_guess_never_crosses_a_change_of_verdict() {
    for name in ["vasal", "ort", "oss", "smul", "gelattan", "xyzzy"] {
        assert_ne!(status(name, Language::Sv), Status::Vegan, "{name}");
    }
    assert_eq!(status("gelatln", Language::Sv), Status::NonVegan);
    assert_eq!(status("rapsolia", Language::Sv), Status::Vegan);
}

const WHOLE: &str = "Ingredienser: Vatten, tomater, rapsolja, salt. Förvaras svalt.";

#[test]
fn a_picture_read_whole_may_be_vegan() {
    assert_eq!(picture(&local(WHOLE), None).status, Status::Vegan);
    let verdict = picture(&listed(WHOLE, &["Vatten", "tomater", "rapsolja", "salt"]), Some("vatten tomater"));
    assert_eq!((verdict.status, verdict.legibility), (Status::Vegan, Legibility::Full));
}

#[test]
fn a_picture_not_read_whole_is_never_vegan() {
    let partial = [
        local("Ingredienser: Vatten, tomater, rapsolja,"),
        local("Ingredienser: Vatten, tomater, rapsolja"),
        local("Ingredienser: Vatten (tomater, rapsolja, salt. Förvaras svalt."),
        local("Vatten, tomater, rapsolja, salt. Förvaras svalt."),
        listed(WHOLE, &["Vatten", "tomater", "rapsolja"]),
        listed(WHOLE, &["Vatten", "tomater", "rapsolja", "salt", "socker"]),
        Reading { legibility: Legibility::Partial, ..local(WHOLE) },
        Reading { issues: vec![QualityIssue::Glare], ..local(WHOLE) },
    ];
    for reading in partial {
        let verdict = picture(&reading, None);
        assert_eq!((verdict.status, verdict.legibility), (Status::Uncertain, Legibility::Partial), "{reading:?}");
        assert!(verdict.reasoning.contains("Fota hela"), "{}", verdict.reasoning);
    }
}

#[test]
fn an_animal_word_that_only_the_second_reading_saw_makes_it_uncertain() {
    let verdict = picture(&listed(WHOLE, &["Vatten", "tomater", "rapsolja", "salt"]), Some("vatten vasslepulver"));
    assert_eq!(verdict.status, Status::Uncertain);
    assert!(verdict.uncertain_reasons.iter().any(|reason| reason.contains("vasslepulver")));
    let trace = picture(&local(WHOLE), Some("Ingredienser: vatten. Kan innehålla spår av mjölk och fisk."));
    assert_eq!(trace.status, Status::Vegan);
}

#[test]
fn animal_words_elsewhere_in_a_noisy_picture_block_vegan() {
    let verdict = picture(&local("grädde l4x\nIngredienser: Vatten, salt. Förvaras svalt."), None);
    assert_eq!(verdict.status, Status::Uncertain);
}

#[test]
fn no_list_is_unknown_with_advice() {
    let reading = Reading { issues: vec![QualityIssue::Blur], legibility: Legibility::None, ..local("Hej") };
    let verdict = picture(&reading, None);
    assert_eq!((verdict.status, verdict.legibility), (Status::Unknown, Legibility::None));
    assert!(verdict.reasoning.contains("oskarp"));
}

#[test]
fn advice_fits_a_film_or_a_photo() {
    let issues = vec![QualityIssue::Blur, QualityIssue::Glare, QualityIssue::Cropped];
    let reading = Reading { issues, legibility: Legibility::None, ..local("Hej") };
    let advice = |filmed, language| {
        let wishes = Wishes { language, watched: &[], filmed };
        engine().decide(&Evidence::Picture { reading: &reading, second: None }, &wishes).reasoning
    };
    let (photo, film) = (advice(false, Language::Sv), advice(true, Language::Sv));
    assert!(photo.contains("håll telefonen stilla") && !photo.contains("vrid burken"), "{photo}");
    assert!(film.contains("vrid burken") && film.contains("vrid längre runt") && !film.contains("Fota"), "{film}");
    for language in [Language::Sv, Language::En, Language::No, Language::Da, Language::Fi, Language::De] {
        assert_ne!(advice(false, language), advice(true, language), "{language:?}");
    }
}

#[test]
fn traces_are_shown_and_never_decide() {
    let verdict = typed("Ingredienser: vatten, salt. Kan innehålla spår av mjölk och ägg.", Language::Sv);
    assert_eq!(verdict.status, Status::Vegan);
    let traces = verdict.ingredients.iter().filter(|i| i.source == Place::Trace).map(|i| i.name.as_str());
    assert_eq!(traces.collect::<Vec<_>>(), ["mjölk", "ägg"]);
}

#[test]
fn a_statement_of_contents_is_evidence() {
    assert_eq!(typed("Ingredienser: vatten, salt. Innehåller mjölk.", Language::Sv).status, Status::NonVegan);
    assert_eq!(typed("Ingredienser: vatten, salt. Innehåller inte mjölk.", Language::Sv).status, Status::Vegan);
}

#[test]
fn what_follows_the_lists_end_is_more_of_it_or_a_doubt() {
    assert_eq!(typed("Ingredienser: vatten, salt. Gelatin, socker.", Language::Sv).status, Status::NonVegan);
    assert_eq!(typed("Ingredienser: vatten, salt. Gott till kyckling.", Language::Sv).status, Status::Uncertain);
    assert_eq!(
        typed("Ingredienser: vatten, salt. Förvaras svalt. Gott till kyckling.", Language::Sv).status,
        Status::Vegan
    );
}

#[test]
fn lists_in_other_languages_are_evidence() {
    let text = "Ingredienser: vatten, salt, socker. Ingredients: water, salt, sugar, whey.";
    assert_eq!(typed(text, Language::Sv).status, Status::NonVegan);
    let unread = "Ingredienser: vatten, salt, socker. Ingredienser: flimmer, xyzzy.";
    assert_eq!(typed(unread, Language::Sv).status, Status::Uncertain);
}

#[test]
fn a_vegan_mark_settles_origins_and_never_animals() {
    let text = "Ingredienser: vatten, E471, salt. Förvaras svalt.";
    let marked = Reading { claims: vec!["VEGANSK".into()], ..local(text) };
    assert_eq!(picture(&marked, None).status, Status::Vegan);
    let milk = Reading { claims: vec!["vegan".into()], ..local("Ingredienser: vatten, mjölk. Förvaras svalt.") };
    let verdict = picture(&milk, None);
    assert_eq!(verdict.status, Status::NonVegan);
    assert!(verdict.reasoning.contains("men listan säger annat"));
}

#[test]
fn a_model_may_vouch_for_few_unknown_names_only() {
    let text = "Ingredienser: Vatten, tomater, rapsolja, salt, socker, flimmerört. Förvaras svalt.";
    let mut reading = listed(text, &["Vatten", "tomater", "rapsolja", "salt", "socker", "flimmerört"]);
    assert_eq!(picture(&reading, None).status, Status::Uncertain);
    reading.ingredients.as_mut().unwrap()[5].status = Some(Status::Vegan);
    assert_eq!(picture(&reading, None).status, Status::Vegan);
}

#[test]
fn the_reasoning_is_a_natural_sentence() {
    let verdict = typed("Ingredienser: Vatten, GRÄDDE (8 %), salt.", Language::Sv);
    assert_eq!(verdict.reasoning, "Innehåller grädde, som är en mejeriprodukt.");
    assert_eq!(verdict.problem_ingredient.as_deref(), Some("GRÄDDE"));
}

#[test]
fn strict_mode_doubts_sugar() {
    let engine = Engine::new(&Policies { strict_mode: true, ..Policies::default() });
    let names = ["socker".to_owned()];
    let evidence = Evidence::Typed { ingredients: &names, text: None };
    let wishes = Wishes { language: Language::Sv, watched: &[], filmed: false };
    assert_eq!(engine.decide(&evidence, &wishes).status, Status::Uncertain);
}

#[test]
fn watched_words_are_found_as_written() {
    let names = ["rapsolja".to_owned(), "salt".to_owned()];
    let words = ["Raps".to_owned(), "selleri".to_owned()];
    let evidence = Evidence::Typed { ingredients: &names, text: None };
    let verdict = engine().decide(&evidence, &Wishes { language: Language::Sv, watched: &words, filmed: false });
    assert_eq!(verdict.watched, ["Raps"]);
}

#[test]
fn a_name_is_looked_up_with_its_reason() {
    let entry = engine().look_up("E120", Language::En).unwrap();
    assert_eq!((entry.status, entry.reason.as_str()), (Status::NonVegan, "E120 is made from insects."));
    assert!(engine().look_up("flimmerört", Language::Sv).is_none());
}

/// A small generator with a fixed seed (xorshift), so that a failure can be repeated.
pub(super) struct Dice(pub u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }
}

#[test]
fn hostile_text_never_panics() {
    let odd: Vec<char> = "(([{)],;:.-*%\n\u{0}\u{308}ß🐄İé漢\u{202e} 1E£".chars().collect();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    for (_, _, text) in labels().cycle().take(400) {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..12 {
            let at = dice.roll(chars.len());
            match dice.roll(3) {
                0 => chars[at] = odd[dice.roll(odd.len())],
                1 => chars.insert(at, odd[dice.roll(odd.len())]),
                _ => drop(chars.remove(at)),
            }
        }
        let mutated: String = chars.into_iter().collect();
        let _ = typed(&mutated, Language::Sv);
        let _ = picture(&local(&mutated), Some(&mutated));
    }
    let _ = typed(&"(".repeat(30_000), Language::De);
}

#[test]
fn a_watched_word_finds_what_is_meant_and_not_only_what_is_written() {
    let found = |name: &str, watched: &str| {
        let (names, words) = ([name.to_owned()], [watched.to_owned()]);
        let evidence = Evidence::Typed { ingredients: &names, text: None };
        !engine()
            .decide(&evidence, &Wishes { language: Language::Sv, watched: &words, filmed: false })
            .watched
            .is_empty()
    };
    assert!(found("palmfett", "palmolja"));
    assert!(found("helt härdat palmfett", "palmolja"));
    assert!(found("E120", "karmin"));
    assert!(found("karminsyra", "E120"));
    assert!(found("E901", "bivax"));
    assert!(!found("rapsolja", "palmolja"));
}
