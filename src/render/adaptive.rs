//! The parts of Adaptive Cards 1.4 that we use, and the envelope in which a Teams flow takes a card.

use serde::Serialize;

/// What the trigger of a Teams flow takes: a message around one card.
#[derive(Serialize)]
pub(super) struct CardEnvelope {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) attachments: [CardAttachment; 1],
}

/// The card as an attachment of the message.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CardAttachment {
    pub(super) content_type: &'static str,
    pub(super) content_url: Option<String>,
    pub(super) content: AdaptiveCard,
}

/// The card itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AdaptiveCard {
    #[serde(rename = "$schema")]
    pub(super) schema: &'static str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) version: &'static str,
    pub(super) fallback_text: String,
    pub(super) body: Vec<Element>,
    pub(super) msteams: Width,
}

/// What only Teams reads: the card takes the whole width.
#[derive(Serialize)]
pub(super) struct Width {
    pub(super) width: &'static str,
}

/// What a card is made of. Foreign text stands in text runs only.
#[derive(Serialize)]
#[serde(tag = "type")]
pub(super) enum Element {
    #[serde(rename_all = "camelCase")]
    RichTextBlock {
        inlines: Vec<TextRun>,
        #[serde(skip_serializing_if = "Option::is_none")]
        spacing: Option<&'static str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        separator: bool,
    },
    Container {
        #[serde(skip_serializing_if = "Option::is_none")]
        style: Option<&'static str>,
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        bleed: bool,
        items: Vec<Element>,
    },
    FactSet {
        facts: Vec<Fact>,
    },
    /// Buttons among the elements: what stands at the end of a card is below the fold of a phone.
    ActionSet {
        actions: Vec<Action>,
    },
}

/// A label and a value of ours.
#[derive(Serialize)]
pub(super) struct Fact {
    pub(super) title: String,
    pub(super) value: String,
}

/// A piece of text, without markdown.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TextRun {
    #[serde(rename = "type")]
    pub(super) kind: TextRunKind,
    pub(super) text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) size: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) weight: Option<&'static str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) is_subtle: bool,
}

/// The one type that a text run has.
#[derive(Default, Serialize)]
pub(super) enum TextRunKind {
    #[default]
    TextRun,
}

/// Opens a page: the only thing that a card from a flow can do.
#[derive(Serialize)]
#[serde(tag = "type")]
pub(super) enum Action {
    #[serde(rename = "Action.OpenUrl")]
    OpenUrl { title: String, url: String },
}

/// A fact.
pub(super) fn fact(title: String, value: String) -> Fact {
    Fact { title, value }
}

/// A paragraph of several runs, with or without a line above.
pub(super) fn block(inlines: Vec<TextRun>, separator: bool) -> Element {
    Element::RichTextBlock { inlines, spacing: None, separator }
}

/// A paragraph of plain text.
pub(super) fn paragraph(text: &str) -> Element {
    Element::RichTextBlock { inlines: vec![run(text)], spacing: Some("Small"), separator: false }
}

/// A run of plain text.
pub(super) fn run(text: &str) -> TextRun {
    TextRun { text: plain(text), ..TextRun::default() }
}

/// A run of bold text.
pub(super) fn bold(text: &str) -> TextRun {
    TextRun { weight: Some("Bolder"), ..run(text) }
}

/// Text without angle brackets: Teams looks for `<at>` in every text of a card.
pub(super) fn plain(text: &str) -> String {
    text.replace('<', "‹").replace('>', "›")
}
