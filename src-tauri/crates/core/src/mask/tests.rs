use super::*;

fn found(text: &str) -> Vec<(&'static str, String)> {
    find(text.as_bytes())
        .map(|hit| (hit.pattern, String::from_utf8_lossy(&text.as_bytes()[hit.range]).into_owned()))
        .collect()
}

/// A secret is put together here, so that no scanner takes this file for a leak.
fn made(head: &str, length: usize) -> String {
    head.chars().chain("aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zC".chars().cycle()).take(length).collect()
}

#[test]
fn each_kind_is_found_wherever_it_stands() {
    let upper = |head: &str| made(head, 20).to_uppercase();
    let web = format!("{}.{}.{}", made("eyJ", 24), made("eyJ", 40), made("", 43));
    for (pattern, secret) in [
        ("AWS access key", upper("AKIA")),
        ("AWS access key", upper("ASIA")),
        ("Google API key", made("AIza", 39)),
        ("Google access token", made("ya29.", 60)),
        ("Google client secret", made("GOCSPX-", 35)),
        ("Azure client secret", made("abc8Q~", 38)),
        ("GitHub token", made("ghp_", 40)),
        ("GitHub token", made("ghs_", 40)),
        ("GitHub token", made("github_pat_", 82)),
        ("GitLab token", made("glpat-", 26)),
        ("Slack token", made("xoxb-1234567890-", 40)),
        ("Slack webhook", made("hooks.slack.com/services/T012/B345/", 60)),
        ("Anthropic key", made("sk-ant-api03-", 100)),
        ("OpenAI key", made("sk-", 51)),
        ("OpenAI key", made("sk-proj-", 80)),
        ("Stripe key", made("sk_live_", 32)),
        ("Stripe secret", made("whsec_", 38)),
        ("Hugging Face token", made("hf_", 37)),
        ("JSON web token", web),
    ] {
        for text in [
            secret.clone(),
            format!("2025-12-16 03:00:01,123 - X - ERROR - call with {secret} failed"),
            format!(r#"{{"line":"one\n{secret}\ntwo"}}"#),
            format!("https://example.org/?q=%3D{secret}&x=1"),
            format!("'{secret}',"),
            format!("grüße({secret})…"),
        ] {
            assert_eq!(found(&text), [(pattern, secret.clone())], "{text}");
        }
    }
}

#[test]
fn a_connection_string_and_a_bearer_lose_the_secret_alone() {
    let key = format!("{}==", made("", 86));
    assert_eq!(found(&format!("Protocol=https;AccountKey={key};X=1")), [("Azure key", key)]);
    let token = made("", 32);
    assert_eq!(found(&format!("Authorization: Bearer {token}\r\n")), [("authorization", token)]);
}

#[test]
fn a_private_key_is_found_as_a_whole_in_a_file_and_within_json() {
    let line = made("", 64);
    for end in ["\n", "\\n", "\r\n"] {
        let key = format!(
            "-----BEGIN RSA PRIVATE KEY-----{end}{line}{end}{line}{end}AB=={end}-----END RSA PRIVATE KEY-----"
        );
        assert_eq!(found(&format!("\"private\": \"{key}{end}\", more")), [("private key", key)]);
    }
    // Cut short: what is there is masked all the same.
    let cut = format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{line}\n{line}");
    assert_eq!(found(&cut), [("private key", cut.clone())]);
    assert_eq!(found("looks for -----BEGIN PRIVATE KEY----- in files"), []);
}

#[test]
fn a_url_loses_its_password() {
    assert_eq!(found("postgres://vy:s3cr:et@db:5432/x"), [("URL with password", "s3cr:et".to_owned())]);
    assert_eq!(found("redis://:hunter22@cache/0"), [("URL with password", "hunter22".to_owned())]);
    for text in [
        "https://example.org:8080/a@b",
        "git://user@host/x:y@z",
        "http://localhost:8765",
        "mysql://u:${PASS}@h/x",
        "://:@",
    ] {
        assert_eq!(found(text), [], "{text}");
    }
}

#[test]
fn a_value_is_found_by_the_name_of_its_key() {
    for (text, secret) in [
        ("password: hunter2", "hunter2"),
        ("DB_PASSWORD=hunter2", "hunter2"),
        ("smtp_pass = correct-horse", "correct-horse"),
        (r#"{"api_key": "Zx9 q!", "n": 1}"#, "Zx9 q!"),
        (r#"{"text":"{\"token\": \"Zx9q1122\"}"}"#, "Zx9q1122"),
        ("apikey='Zx9q1122'", "Zx9q1122"),
        ("x-api-key: Zx9q1122,", "Zx9q1122"),
        ("aws_secret_access_key = Zx9q/1122+", "Zx9q/1122+"),
        ("clientSecret: Zx9q1122", "Zx9q1122"),
        ("client_secret := \"Zx9q1122\"", "Zx9q1122"),
        ("passwd=12345678", "12345678"),
        ("refresh_token=550e8400-e29b-41d4-a716-446655440000)", "550e8400-e29b-41d4-a716-446655440000"),
        ("PASSWORD: pässwört7", "pässwört7"),
        ("?api_key%3DZx9q1122", "Zx9q1122"),
        ("password: password=hunter2", "password=hunter2"),
    ] {
        assert_eq!(found(text), [("secret by its name", secret.to_owned())], "{text}");
    }
}

#[test]
fn what_only_looks_like_a_secret_is_none() {
    let picture: String = (0_u32..200_000)
        .map(|n| {
            let mixed = n.wrapping_mul(2_654_435_761) ^ (n >> 3).wrapping_mul(40_503);
            char::from(
                b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                    [(mixed >> 13) as usize % 64],
            )
        })
        .collect();
    let plain = format!("data:image/png;base64,{picture}AIza{picture}AKIA{}", &picture[..40]);
    for text in [
        "sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "commit 0b8aee4f0b1cf0c1f6a6d3b7f4f8d5a0e5f4c3b2",
        "id 550e8400-e29b-41d4-a716-446655440000",
        plain.as_str(),
        "password: ${PASSWORD}",
        "password: $PASSWORD",
        "password: {{ vault_password }}",
        "password = <your password>",
        "password: env:MAIL_PASSWORD",
        "password: keychain:mail",
        "password: ********",
        "password: xxxxxxxx",
        "password: your_password_here",
        "password: null",
        "password:",
        "password: \"\"",
        "def log_in(user, password: str, token: Optional[str] = None):",
        "token = os.environ['TOKEN']",
        "token = issue_token(user)",
        "connect(password=password, token=self.token)",
        "invalid token: signature mismatch",
        "token_count: 5",
        "max_tokens: 4096",
        "a basic configuration and a Basic2Configuration5",
        "tokens: 4096",
        "token: 5",
        "secret: true",
        "secrets: 3 found",
        "sk-learn and task-force-alpha-bravo-charlie",
        "risk-assessment-of-the-whole-thing-and-more",
        "hf_transformer_layers",
        "eyJhbGciOi alone",
        "eyJhbGciOiJIUzI1NiJ9.short",
        "AKIATOOSHORT",
        "xoxo-hugs",
    ] {
        let hits = found(text);
        assert!(hits.is_empty(), "{hits:?} in {}", &text[..text.len().min(100)]);
    }
}

#[test]
fn names_of_settings_tell() {
    for name in [
        "password",
        "smtp_password",
        "apiKey",
        "api-key",
        "API_KEYS",
        "tokens",
        "accessToken",
        "client_secret",
        "db_pass",
        "credentials",
    ] {
        assert!(names_a_secret(name), "{name}");
    }
    for name in [
        "token_count",
        "password_policy",
        "compass",
        "bypass",
        "key",
        "monkeys",
        "tokenizer",
        "secretary",
        "interval",
    ] {
        assert!(!names_a_secret(name), "{name}");
    }
}

#[test]
fn a_long_secret_keeps_four_characters_and_a_short_one_none() {
    let masker = Masker::new(Some(Path::new("/home/vy")));
    let token = made("ghp_", 40);
    let masked = masker.mask(&format!(
        "{token} and password: hunter2 in /home/vy/x, /home/vy2, /media/vy/usb and /srv/vy-nexus of vy"
    ));
    assert_eq!(masked.text, "ghp_… and password: … in ~/x, /home/vy2, /media/…/usb and /srv/vy-nexus of vy");
    assert_eq!((masked.secrets, masked.homes), (2, 2));
    // What is masked stays as it is.
    assert_eq!(masker.text(&masked.text), masked.text);
    assert_eq!(masker.text("/home/vy: \"/home/vy\" /home/vy.bak"), "~: \"~\" ~.bak");
    assert_eq!(Masker::new(Some(Path::new("/"))).text("/a/b"), "/a/b");
    assert_eq!(Masker::new(None).text("/home/vy"), "/home/vy");
}

#[test]
fn hostile_bytes_are_read_too() {
    assert_eq!(find(b"\xff\x00password: hun\xffter2\xfe\n").count(), 1);
    let masker = Masker::new(None);
    assert_eq!(masker.text("password: äöü…"), "password: äöü…");
    assert_eq!(masker.text("passwort: x, password: äöüßäöüßäöüß"), "passwort: x, password: äöüß…");
}

#[test]
fn a_line_of_ten_megabytes_costs_no_more_than_its_length() {
    // Counted in work rather than in time: each of these would take hours if a rejected value were read to its end at each head.
    for unit in [
        "password=",
        "password=x",
        "password: ",
        "token=${",
        "eyJ",
        "eyJaaaaaaaaaaaa.",
        "eyJ.",
        "://",
        "://a:",
        "://a:b",
        "-----BEGIN PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----a",
        "sk-",
        "ghp_",
        "ghp_a",
        "a1Q~",
        "bearer ",
        "AKIA0",
        "\\",
        "\\\"token\\\": \\\"",
        "xox",
        "a:",
        "@",
        "token=5,",
        "ä",
    ] {
        // All of it for one of each kind of search, a tenth for the others: what is not linear shows there too.
        let size = if matches!(unit, "password=x" | "eyJ" | "ghp_") { 10 << 20 } else { 1 << 20 };
        let line = unit.repeat(size / unit.len());
        assert!(find(line.as_bytes()).count() <= size / 4, "{unit}");
    }
}
