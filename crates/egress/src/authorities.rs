//! Extra root certificates trusted for outgoing TLS, beside the system's.

use std::path::Path;

use reqwest::Certificate;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Root certificates of a network with its own certificate authority.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<Certificate>);

impl Authorities {
    /// Reads a PEM file, in which every certificate must be usable as a root.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn read(path: &Path) -> Result<Self, String> {
        let wrong = |what: String| format!("SMARTCACHE_EGRESS_CA: {} {what}", path.display());
        let pem = std::fs::read(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let mut roots = RootCertStore::empty();
        let mut certificates = Vec::new();
        for found in CertificateDer::pem_slice_iter(&pem) {
            let found = found.map_err(|error| wrong(format!("is no PEM file: {error}")))?;
            let fit = Certificate::from_der(&found).map_err(|error| wrong(error.to_string()))?;
            roots.add(found).map_err(|error| wrong(format!("holds no proper certificate: {error}")))?;
            certificates.push(fit);
        }
        if certificates.is_empty() {
            return Err(wrong("holds no certificate: give root certificates in PEM".into()));
        }
        Ok(Self(certificates))
    }

    pub(super) fn certificates(&self) -> impl Iterator<Item = Certificate> {
        self.0.iter().cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_certificate_is_refused_by_the_name_of_the_setting() {
        let place = std::env::temp_dir().join(format!("smartcache-ca-{}.pem", std::process::id()));
        let broken = "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
        let unended = "-----BEGIN CERTIFICATE-----\nAAAA\n";
        for (text, part) in
            [("", "no certificate"), ("hello", "no certificate"), (unended, "no PEM"), (broken, "no proper")]
        {
            std::fs::write(&place, text).expect("is written");
            let why = Authorities::read(&place).expect_err(text);
            assert!(why.starts_with("SMARTCACHE_EGRESS_CA") && why.contains(part), "{text}: {why}");
        }
        std::fs::remove_file(&place).expect("is there");
        assert!(Authorities::read(&place).expect_err("is gone").contains("cannot be read"));
    }
}
