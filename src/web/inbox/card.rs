//! A Teams card, as far as ours go: texts, facts, containers, columns, tables and buttons that open links.

use serde_json::Value;

use super::escape::escaped;

/// How deep a card is looked into.
const DEEPEST: usize = 12;

/// A card.
#[derive(Debug)]
pub(super) struct Card(Value);

impl Card {
    /// The card in what a flow is posted.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let posted: Value = serde_json::from_slice(bytes).ok()?;
        let card = posted.pointer("/attachments/0/content").cloned().unwrap_or(posted);
        card.is_object().then_some(Self(card))
    }

    /// What a list says of it.
    pub(super) fn title(&self) -> &str {
        self.0["fallbackText"].as_str().unwrap_or("A card")
    }

    /// The links that it opens, with their words.
    pub(super) fn links(&self) -> Vec<(String, String)> {
        let mut links = Vec::new();
        collect_links(&self.0, &mut links, DEEPEST);
        links
    }

    /// The card as a page.
    pub(super) fn html(&self) -> String {
        let mut html = String::from(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Card</title><style>\
             :root{color-scheme:light dark}body{margin:1rem;font:15px/1.45 system-ui,sans-serif;max-width:40rem}\
             .box{border-left:4px solid #2b78ba;padding:.2rem .8rem;margin:.6rem 0}p{margin:.35rem 0}\
             .big{font-size:1.25rem}dl{display:grid;grid-template-columns:auto 1fr;gap:.15rem 1rem;margin:.5rem 0}dt{font-weight:600}dd{margin:0}\
             table{border-collapse:collapse;width:100%}td{padding:.25rem .5rem;border-bottom:1px solid #8886;vertical-align:top}\
             .button{display:inline-block;margin:.4rem .4rem 0 0;padding:.4rem .9rem;border:1px solid #2b78ba;border-radius:.3rem;text-decoration:none}\
             </style></head><body>",
        );
        elements(&self.0["body"], &mut html, DEEPEST);
        elements(&self.0["actions"], &mut html, DEEPEST);
        html.push_str("</body></html>");
        html
    }
}

fn elements(list: &Value, html: &mut String, deep: usize) {
    if deep == 0 {
        return;
    }
    for element in list.as_array().into_iter().flatten() {
        let text = |key: &str| escaped(element[key].as_str().unwrap_or_default());
        match element["type"].as_str().unwrap_or_default() {
            "TextBlock" => paragraph(&text("text"), element, html),
            "RichTextBlock" => {
                let inlines = element["inlines"].as_array().into_iter().flatten();
                let runs: Vec<String> = inlines.map(run).collect();
                let first = element["inlines"].get(0).unwrap_or(&Value::Null);
                paragraph(&runs.concat(), first, html);
            }
            "FactSet" => {
                html.push_str("<dl>");
                for fact in element["facts"].as_array().into_iter().flatten() {
                    let part = |key: &str| escaped(fact[key].as_str().unwrap_or_default());
                    html.push_str(&format!("<dt>{}</dt><dd>{}</dd>", part("title"), part("value")));
                }
                html.push_str("</dl>");
            }
            "Container" => {
                html.push_str("<div class=\"box\">");
                elements(&element["items"], html, deep - 1);
                html.push_str("</div>");
            }
            "ColumnSet" => {
                for column in element["columns"].as_array().into_iter().flatten() {
                    elements(&column["items"], html, deep - 1);
                }
            }
            "Table" => {
                html.push_str("<table>");
                for row in element["rows"].as_array().into_iter().flatten() {
                    html.push_str("<tr>");
                    for cell in row["cells"].as_array().into_iter().flatten() {
                        html.push_str("<td>");
                        elements(&cell["items"], html, deep - 1);
                        html.push_str("</td>");
                    }
                    html.push_str("</tr>");
                }
                html.push_str("</table>");
            }
            "ActionSet" => elements(&element["actions"], html, deep - 1),
            "Action.OpenUrl" if opens(element) => {
                html.push_str(&format!("<a class=\"button\" href=\"{}\">{}</a>", text("url"), text("title")));
            }
            "Action.ShowCard" => {
                html.push_str(&format!("<details><summary>{}</summary>", text("title")));
                elements(&element["card"]["body"], html, deep - 1);
                elements(&element["card"]["actions"], html, deep - 1);
                html.push_str("</details>");
            }
            _ => elements(&element["items"], html, deep - 1),
        }
    }
}

fn paragraph(text: &str, style: &Value, html: &mut String) {
    let class =
        if style["size"].as_str().is_some_and(|size| size.ends_with("arge")) { " class=\"big\"" } else { "" };
    let strong = style["weight"] == "Bolder";
    let (before, after) = if strong { ("<strong>", "</strong>") } else { ("", "") };
    html.push_str(&format!("<p{class}>{before}{text}{after}</p>"));
}

fn run(run: &Value) -> String {
    let text = escaped(run.as_str().or_else(|| run["text"].as_str()).unwrap_or_default());
    match run.get("selectAction").filter(|action| opens(action)) {
        Some(action) => {
            format!("<a href=\"{}\">{text}</a>", escaped(action["url"].as_str().unwrap_or_default()))
        }
        None if run["weight"] == "Bolder" => format!("<strong>{text}</strong>"),
        None => text,
    }
}

/// Whether it opens a page.
fn opens(action: &Value) -> bool {
    let url = action["url"].as_str().unwrap_or_default();
    url.starts_with("https://") || url.starts_with("http://")
}

fn collect_links(value: &Value, links: &mut Vec<(String, String)>, deep: usize) {
    if deep == 0 {
        return;
    }
    if value["type"] == "Action.OpenUrl" && opens(value) {
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        links.push((text("url"), text("title")));
    }
    let inner = value
        .as_array()
        .into_iter()
        .flatten()
        .chain(value.as_object().into_iter().flat_map(|it| it.values()));
    inner.for_each(|one| collect_links(one, links, deep - 1));
}
