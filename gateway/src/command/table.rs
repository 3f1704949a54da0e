//! Devices as a table for people.

use std::ops::RangeInclusive;

use sessionwire_protocol::device::{About, DevicesListed, PairRequest, PairedDevice};
use sessionwire_protocol::{Millis, Scope};

/// As much of an id as tells devices apart, and can be typed.
const SHORT: usize = 12;
/// No cell is wider, in characters.
const WIDEST: usize = 48;
/// Characters that nobody sees, and that may turn the direction in which others are written.
const FORMAT: [RangeInclusive<char>; 5] = [
    '\u{ad}'..='\u{ad}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
];

/// Who asks to be paired, and who is.
pub(super) fn devices(listed: &DevicesListed, now: Millis) -> String {
    let mut parts = Vec::new();
    if !listed.pending.is_empty() {
        let head = ["REQUEST", "DEVICE", "NAME", "FROM", "ASKS FOR", "SINCE"];
        let rows = listed.pending.iter().map(|request| asks(request, now));
        parts.push(table("Pending", head, rows));
    }
    if !listed.paired.is_empty() {
        let head = ["DEVICE", "NAME", "FROM", "MAY DO", "SEEN", "STATE"];
        let rows = listed.paired.iter().map(|device| is_paired(device, now));
        parts.push(table("Paired", head, rows));
    }
    match parts.is_empty() {
        true => "No device is paired, and none asks to be.".to_owned(),
        false => parts.join("\n\n"),
    }
}

fn asks(request: &PairRequest, now: Millis) -> [String; 6] {
    [
        request.request_id.clone(),
        short(&request.device_id),
        name(&request.about),
        from(request.about.remote_ip.as_ref()),
        rights(&request.roles, &request.scopes),
        ago(request.ts, now),
    ]
}

fn is_paired(device: &PairedDevice, now: Millis) -> [String; 6] {
    let is_revoked = device
        .tokens
        .iter()
        .all(|token| token.revoked_at_ms.is_some());
    let state = match (is_revoked, device.connected) {
        (true, _) => "revoked",
        (false, Some(true)) => "connected",
        _ => "away",
    };
    let seen = device.last_seen_at_ms.map(|seen| ago(seen, now));
    [
        short(&device.device_id),
        name(&device.about),
        from(device.about.remote_ip.as_ref()),
        rights(&device.roles, &device.scopes),
        seen.unwrap_or_else(|| "never".to_owned()),
        state.to_owned(),
    ]
}

fn short(id: &str) -> String {
    id.chars().take(SHORT).collect()
}

fn name(about: &About) -> String {
    let said = about.display_name.as_ref().or(about.client_id.as_ref());
    said.cloned().unwrap_or_default()
}

fn from(remote: Option<&String>) -> String {
    remote.map_or("this machine", String::as_str).to_owned()
}

/// Scopes without the name of the one role that they are of.
fn rights(roles: &[String], scopes: &[Scope]) -> String {
    let prefix = match roles {
        [role] => format!("{role}."),
        _ => String::new(),
    };
    let scopes = scopes.iter().map(|scope| {
        let scope = scope.as_str();
        scope.strip_prefix(&prefix).unwrap_or(scope)
    });
    let scopes: Vec<_> = scopes.collect();
    format!("{}: {}", roles.join(", "), scopes.join(", "))
}

fn ago(then: Millis, now: Millis) -> String {
    match now.saturating_sub(then) / 1_000 {
        seconds @ 0..60 => format!("{seconds} s ago"),
        seconds @ 60..3_600 => format!("{} min ago", seconds / 60),
        seconds @ 3_600..86_400 => format!("{} h ago", seconds / 3_600),
        seconds => format!("{} d ago", seconds / 86_400),
    }
}

fn table<const N: usize>(
    title: &str,
    head: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let head = head.map(str::to_owned);
    let rows = rows.map(|row| row.map(|cell| plain(&cell)));
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let mut text = title.to_owned();
    for row in &rows {
        text.push('\n');
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let widths = rows.iter().map(|row| row[column].chars().count());
            let width = widths.max().unwrap_or(0);
            line.push_str(&format!("  {cell:width$}"));
        }
        text.push_str(line.trim_end());
    }
    text
}

/// Devices choose their names themselves, so nothing in them may move a terminal's cursor, turn or push away the rest.
fn plain(cell: &str) -> String {
    let moves = |c: char| c.is_control() || FORMAT.iter().any(|range| range.contains(&c));
    let mut chars = cell.chars().map(|c| if moves(c) { '\u{fffd}' } else { c });
    let mut plain: String = chars.by_ref().take(WIDEST).collect();
    if chars.next().is_some() {
        plain.pop();
        plain.push('…');
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_columns_and_move_no_cursor() {
        let listed = DevicesListed {
            pending: vec![PairRequest {
                request_id: "r1".to_owned(),
                device_id: "0123456789abcdef".to_owned(),
                about: About {
                    display_name: Some("a\u{1b}[2Jb".to_owned()),
                    remote_ip: Some("192.0.2.7".to_owned()),
                    ..About::default()
                },
                roles: vec!["operator".to_owned()],
                scopes: vec![Scope::READ, Scope::WRITE],
                ts: 1_000,
                ..PairRequest::default()
            }],
            paired: Vec::new(),
        };
        let expected = "\
Pending
  REQUEST  DEVICE        NAME    FROM       ASKS FOR               SINCE
  r1       0123456789ab  a\u{fffd}[2Jb  192.0.2.7  operator: read, write  2 min ago";
        assert_eq!(devices(&listed, 121_000), expected);
    }

    #[test]
    fn no_cell_turns_or_pushes_away_the_others() {
        assert_eq!(plain("a\u{202e}b\u{200b}"), "a\u{fffd}b\u{fffd}");
        let widest = "x".repeat(WIDEST);
        assert_eq!(plain(&widest), widest);
        let cut = plain(&"x".repeat(10_000));
        assert!(cut.chars().count() == WIDEST && cut.ends_with('…'));
    }
}
