//! What comes out is what the table says, and what the golden file says.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/metrics.txt");

/// Every series touched once, as Prometheus text.
fn touched() -> String {
    let (registry, provider) = meters(Resource::builder_empty().build(), None).unwrap();
    let instruments = Instruments::new(&provider.meter("test"));
    instruments.touch();
    String::from_utf8(write(&registry)).unwrap()
}

/// Help, type and names of labels of each family, without figures: three lines each, sorted by name.
fn shape(text: &str) -> String {
    let mut labels: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut heads: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut family = "";
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("# ") {
            family = head.split(' ').nth(1).unwrap();
            heads.entry(family).or_default().push(line);
        } else {
            let names = line.split_once('{').map_or("", |(_, rest)| rest.rsplit_once('}').unwrap().0);
            let names = names.split(',').filter_map(|pair| Some(pair.split_once('=')?.0));
            labels.entry(family).or_default().extend(names.filter(|name| *name != "le"));
        }
    }
    let shapes = heads.into_iter().map(|(family, head)| {
        let labels = labels[family].iter().copied().collect::<Vec<_>>().join(",");
        format!("{}\n{family}{{{labels}}}\n", head.join("\n"))
    });
    shapes.collect()
}

#[test]
fn every_instrument_comes_out_under_its_name_with_its_help_type_and_labels_and_nothing_else_does() {
    let mut rows: Vec<&Row> = TABLE.iter().collect();
    rows.sort_by_key(|row| row.name);
    let declared = rows.iter().map(|Row { name, kind, labels, help, .. }| {
        let labels = labels.iter().copied().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",");
        format!("# HELP {name} {help}\n# TYPE {name} {}\n{name}{{{labels}}}\n", kind.as_str())
    });
    assert_eq!(shape(&touched()), declared.collect::<String>());
}

#[test]
fn what_is_written_is_the_golden_file() {
    let shape = shape(&touched());
    if std::env::var_os("WRITE_README").is_some() {
        std::fs::write(GOLDEN, &shape).unwrap();
    }
    assert_eq!(shape, std::fs::read_to_string(GOLDEN).unwrap(), "WRITE_README=1 writes it anew");
}

#[test]
fn counters_end_in_total_and_nothing_else_does() {
    for row in TABLE {
        assert_eq!(row.kind == Kind::Counter, row.name.ends_with("_total"), "{}", row.name);
        assert!(!row.name.contains("_total_"), "{}", row.name);
    }
}

#[test]
fn a_model_that_no_setting_names_is_another() {
    let models = Models::default();
    models.learn("gemini-x");
    let shown = |model| format!("{:?}", models.label(model));
    assert!(shown("gemini-x").contains("gemini-x"));
    assert!(shown("a-word-of-the-vendors").contains("other"));
    (0..100).for_each(|n| models.learn(&format!("model-{n}")));
    assert!(shown("model-99").contains("other"), "their number is bounded");
}

#[test]
fn the_process_reads_its_own_figures() {
    let text = touched();
    let value = |name: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
        line.split(' ').nth(1).unwrap().parse().unwrap()
    };
    assert!(value("process_resident_memory_bytes") > 1e6);
    assert!(value("process_open_fds") > 2.0);
    assert!(value("process_max_fds") >= value("process_open_fds"));
    assert!(value("process_start_time_seconds") > 1.7e9);
    assert!(value("process_cpu_seconds_total") >= 0.0);
}
