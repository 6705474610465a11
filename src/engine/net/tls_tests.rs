//! Servers that show good certificates and bad ones, on loopback; proxies, and names that nobody finds.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::engine::clock::SystemClock;
use crate::engine::net::{Proxy, Reach};

struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: Certificate,
    folder: TempDir,
}

struct Issued {
    certificate: Certificate,
    key: KeyPair,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate, folder: tempfile::tempdir().unwrap() }
    }

    fn issues(&self, host: &str, change: impl FnOnce(&mut CertificateParams)) -> Issued {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        change(&mut params);
        Issued { certificate: params.signed_by(&key, &self.issuer).unwrap(), key }
    }

    fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn trusted(&self) -> Reach {
        Reach { ca: Some(self.file("ca.pem", &self.certificate.pem())), ..Reach::default() }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.der().clone()).unwrap();
        roots
    }
}

/// A server that shows `issued`, and wants to see a certificate of one of `clients` where there are any.
async fn server(issued: &Issued, clients: Option<RootCertStore>) -> u16 {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = match clients {
        Some(roots) => {
            ServerConfig::builder().with_client_cert_verifier(WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap())
        }
        None => ServerConfig::builder().with_no_client_auth(),
    };
    let chain: Vec<CertificateDer<'static>> = vec![issued.certificate.der().clone()];
    let key = PrivateKeyDer::try_from(issued.key.serialize_der()).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(builder.with_single_cert(chain, key).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut asked = [0; 1024];
                if stream.read(&mut asked).await.is_ok_and(|count| count > 0) {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfine").await;
                    let _ = stream.shutdown().await;
                }
            });
        }
    });
    port
}

async fn ask(url: &str, reach: Reach) -> Result<String, String> {
    let call = Call { reach, ..Call::get(url, Span::seconds(20)) };
    let answer = HttpNet::new(Arc::new(SystemClock::new())).send(call).await;
    answer.map(|answer| String::from_utf8(answer.body).unwrap()).map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_certificate_is_believed_only_of_ones_own_authority_and_of_nobody_else() {
    let (ours, others) = (Authority::new(), Authority::new());
    let port = server(&ours.issues("127.0.0.1", |_| {}), None).await;
    let url = format!("https://127.0.0.1:{port}/");
    let unknown =
        format!("TLS failed with 127.0.0.1:{port}: nobody trusted here has issued the certificate; `ca:` names who is trusted");
    assert_eq!(ask(&url, ours.trusted()).await, Ok("fine".to_owned()));
    assert_eq!(ask(&url, others.trusted()).await, Err(unknown.clone()));
    assert_eq!(ask(&url, Reach::default()).await, Err(unknown));
    assert_eq!(ask(&url, Reach { insecure: true, ..Reach::default() }).await, Ok("fine".to_owned()));
}

#[tokio::test]
async fn a_certificate_that_has_expired_or_is_for_another_host_is_refused_in_words() {
    let ours = Authority::new();
    let expired = ours.issues("127.0.0.1", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let early = ours.issues("127.0.0.1", |params| params.not_before = date_time_ymd(3000, 1, 1));
    let cases = [
        (expired, "the certificate has expired"),
        (early, "the certificate is not valid yet"),
        (ours.issues("shop.example", |_| {}), "the certificate is for another host"),
    ];
    for (issued, words) in cases {
        let port = server(&issued, None).await;
        let refused = ask(&format!("https://127.0.0.1:{port}/"), ours.trusted()).await;
        assert_eq!(refused, Err(format!("TLS failed with 127.0.0.1:{port}: {words}")));
    }
}

#[tokio::test]
async fn a_server_that_wants_to_see_a_certificate_sees_ours() {
    let ours = Authority::new();
    let port = server(&ours.issues("127.0.0.1", |_| {}), Some(ours.roots())).await;
    let url = format!("https://127.0.0.1:{port}/");
    let without = ask(&url, ours.trusted()).await.unwrap_err();
    assert!(without.ends_with("the server wants a certificate from here: `cert:` and `key:`"), "{without}");
    let me = ours.issues("me", |_| {});
    let files = (ours.file("me.pem", &me.certificate.pem()), ours.file("me.key", &me.key.serialize_pem()));
    let reach = Reach { identity: Some(files.clone()), ..ours.trusted() };
    assert_eq!(ask(&url, reach).await, Ok("fine".to_owned()));
    let swapped = Reach { identity: Some((files.0.clone(), files.0)), ..ours.trusted() };
    assert!(ask(&url, swapped).await.unwrap_err().ends_with("are no certificate with its key"));
}

#[tokio::test]
async fn certificates_that_are_exchanged_count_from_the_next_request_on() {
    let (ours, others) = (Authority::new(), Authority::new());
    let port = server(&ours.issues("127.0.0.1", |_| {}), Some(ours.roots())).await;
    let me = ours.issues("me", |_| {});
    let identity = (ours.file("me.pem", &me.certificate.pem()), ours.file("me.key", &me.key.serialize_pem()));
    let reach = Reach { identity: Some(identity), ca: Some(ours.file("ca.pem", &others.certificate.pem())), ..Reach::default() };
    let net = HttpNet::new(Arc::new(SystemClock::new()));
    let ask = || async {
        let call = Call { reach: reach.clone(), ..Call::get(&format!("https://127.0.0.1:{port}/"), Span::seconds(20)) };
        net.send(call).await.map(|answer| answer.status).map_err(|error| error.to_string())
    };
    assert!(ask().await.is_err_and(|error| error.contains("nobody trusted here")));
    ours.trusted();
    assert_eq!(ask().await, Ok(200));
    // Between the new certificate and its key stands a moment in which they do not fit: the former pair serves on.
    let renewed = ours.issues("me", |_| {});
    ours.file("me.pem", &renewed.certificate.pem());
    assert_eq!(ask().await, Ok(200));
    ours.file("me.key", &renewed.key.serialize_pem());
    assert_eq!(ask().await, Ok(200));
    let stranger = others.issues("me", |_| {});
    ours.file("me.pem", &stranger.certificate.pem());
    ours.file("me.key", &stranger.key.serialize_pem());
    assert!(ask().await.is_err(), "what is shown now is what lies there now");
}

#[tokio::test]
async fn files_that_are_not_there_or_hold_no_certificate_are_named() {
    let ours = Authority::new();
    let reach = |path: &Path| Reach { ca: Some(path.to_owned()), ..Reach::default() };
    let empty = ours.file("empty.pem", "nothing");
    let refused = ask("https://127.0.0.1:1/", reach(&empty)).await.unwrap_err();
    assert_eq!(refused, format!("bad request: {} holds no certificate", empty.display()));
    let refused = ask("https://127.0.0.1:1/", reach(Path::new("/nowhere/ca.pem"))).await.unwrap_err();
    assert!(refused.starts_with("bad request: the ca file /nowhere/ca.pem: No such file"), "{refused}");
}

#[tokio::test]
async fn a_server_that_never_shakes_hands_is_given_up_while_connecting() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let after = Span(200);
    let call = Call { reach: Reach { insecure: true, ..Reach::default() }, ..Call::get(&url, after) };
    let result = HttpNet::new(Arc::new(SystemClock::new())).send(call).await;
    assert_eq!(result, Err(NetError::NoAnswer { after, stage: Stage::Connecting }));
}

/// Finds nobody, ever.
struct Lost;

impl reqwest::dns::Resolve for Lost {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_name_that_is_looked_up_for_ever_is_given_up_while_connecting() {
    let after = Span(200);
    let call = Call { reach: Reach { proxy: Proxy::Never, ..Reach::default() }, ..Call::get("http://shop.example/", after) };
    let net = HttpNet::new(Arc::new(SystemClock::new())).resolving(Arc::new(Lost));
    assert_eq!(net.send(call).await, Err(NetError::NoAnswer { after, stage: Stage::Connecting }));
}

#[tokio::test]
async fn a_proxy_that_is_named_is_asked_for_the_whole_address() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = Proxy::Through(format!("http://{}", listener.local_addr().unwrap()));
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0; 1024];
        let count = stream.read(&mut asked).await.unwrap();
        let line = String::from_utf8_lossy(&asked[..count]).lines().next().unwrap().to_owned();
        let reply = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{line}", line.len());
        stream.write_all(reply.as_bytes()).await.unwrap();
    });
    let asked = ask("http://shop.example/health", Reach { proxy, ..Reach::default() }).await;
    assert_eq!(asked, Ok("GET http://shop.example/health HTTP/1.1".to_owned()));
}
