//! What a scraper accepts.

/// The weights, in thousandths, of OpenMetrics and of plain text in the value of an `Accept` header; 0: not accepted. Wildcards count for text alone, so
/// that a browser gets what it can show.
pub(super) fn weights(accept: &str) -> (u32, u32) {
    let (mut open, mut text) = (0, 0);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        let parameters: Vec<&str> = parts.collect();
        let Some(weight) = weight(&parameters) else { continue };
        if media.eq_ignore_ascii_case("application/openmetrics-text") {
            // Version 0.0.1 is what the format was called before it was 1.0.0.
            let version = parameter(&parameters, "version");
            if version.is_none_or(|version| matches!(version.trim_matches('"'), "1.0.0" | "0.0.1")) {
                open = open.max(weight);
            }
        } else if ["text/plain", "text/*", "*/*"].iter().any(|known| media.eq_ignore_ascii_case(known)) {
            text = text.max(weight);
        }
    }
    (open, text)
}

fn parameter<'a>(parameters: &[&'a str], name: &str) -> Option<&'a str> {
    parameters.iter().find_map(|parameter| {
        let (found, value) = parameter.split_once('=')?;
        found.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The `q` of a range; `None` if it is no weight.
fn weight(parameters: &[&str]) -> Option<u32> {
    let Some(text) = parameter(parameters, "q") else { return Some(1_000) };
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number))?;
    Some((number * 1_000.0).round() as u32)
}
