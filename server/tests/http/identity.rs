//! A certificate authority for tests, the certificates it issues, and a TLS listener that presents them.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use egress::Authorities;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::server::TlsStream;

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The root certificate, in PEM.
    pub pem: String,
}

/// A server's certificate with its key and ALPN protocols.
pub struct Identity {
    certificate: CertificateDer<'static>,
    key: Vec<u8>,
    protocols: Vec<Vec<u8>>,
}

impl Authority {
    pub fn new() -> Self {
        // Unique, since two authorities of one name are indistinguishable.
        let name = format!("Authority {}", uuid::Uuid::new_v4());
        let (mut about, key) = (named(&name, &[]), KeyPair::generate().unwrap());
        about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = about.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(about, key), pem }
    }

    /// The root certificate, read like the setting's file.
    pub fn trusted(&self, directory: &Path) -> Authorities {
        let file = directory.join(format!("{}.pem", uuid::Uuid::new_v4().simple()));
        std::fs::write(&file, &self.pem).unwrap();
        let read = Authorities::read(&file).unwrap();
        std::fs::remove_file(file).unwrap();
        read
    }

    /// A valid certificate for the loopback address.
    pub fn good(&self) -> Identity {
        self.sign(named("Publisher", &["127.0.0.1"]))
    }

    pub fn expired(&self) -> Identity {
        let mut about = named("Publisher", &["127.0.0.1"]);
        (about.not_before, about.not_after) = (date_time_ymd(2019, 1, 1), date_time_ymd(2020, 1, 1));
        self.sign(about)
    }

    pub fn of_another_host(&self) -> Identity {
        self.sign(named("Publisher", &["elsewhere.example"]))
    }

    fn sign(&self, about: CertificateParams) -> Identity {
        let key = KeyPair::generate().unwrap();
        Identity::new(about.signed_by(&key, &self.issuer).unwrap().der().clone(), &key)
    }
}

impl Identity {
    fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        Self { certificate, key: key.serialize_der(), protocols: vec![b"h2".to_vec(), b"http/1.1".to_vec()] }
    }

    /// A self-signed certificate.
    pub fn self_signed() -> Self {
        let key = KeyPair::generate().unwrap();
        Self::new(named("Publisher", &["127.0.0.1"]).self_signed(&key).unwrap().der().clone(), &key)
    }

    /// Restricts the server to one protocol (ALPN).
    pub fn speaking(self, protocol: &str) -> Self {
        Self { protocols: vec![protocol.into()], ..self }
    }
}

fn named(name: &str, hosts: &[&str]) -> CertificateParams {
    let hosts: Vec<_> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut about = CertificateParams::new(hosts).unwrap();
    about.distinguished_name.push(DnType::CommonName, name);
    about
}

/// A listener that accepts clients which trust the identity.
pub struct Secured {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Secured {
    pub async fn bind(identity: &Identity) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let key = PrivateKeyDer::try_from(identity.key.clone()).unwrap();
        let mut config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![identity.certificate.clone()], key)
            .unwrap();
        config.alpn_protocols = identity.protocols.clone();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self { listener, acceptor: Arc::new(config).into() }
    }

    pub fn addr(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let Ok((stream, from)) = self.listener.accept().await else { continue };
            // Handshakes one after the other suffice, with a timeout for each.
            let greeting = tokio::time::timeout(Duration::from_secs(2), self.acceptor.accept(stream));
            if let Ok(Ok(stream)) = greeting.await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}
