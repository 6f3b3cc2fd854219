package io.onceflow.testbed.servers;

import java.io.IOException;
import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * A certificate authority that lives as long as a test. Its own certificate is a PEM file, what a
 * user puts into {@code ssl-root-cert} or {@code ssl-truststore}; the certificates it issues are
 * for servers. Not thread-safe.
 */
public final class CertificateAuthority {
  private static final String SIGNATURE = "SHA256withECDSA";
  private static final Duration DAY = Duration.ofDays(1);

  private final KeyPair keys = newKeys();
  private final X500Name name;
  private final Path file;

  private CertificateAuthority(Path file) {
    this.name = new X500Name("CN=authority " + file.getFileName());
    this.file = file;
  }

  /** Makes an authority and writes its certificate to the file. */
  public static CertificateAuthority create(Path file) {
    CertificateAuthority authority = new CertificateAuthority(file);
    try {
      Files.writeString(file, pem(authority.ownCertificate()));
    } catch (IOException e) {
      throw new ServerException("%s cannot be written.".formatted(file), e);
    }
    return authority;
  }

  /** Returns the PEM file of the authority's own certificate. */
  public Path file() {
    return file;
  }

  /** Issues a certificate that is valid now, for host names and addresses. */
  public ServerCertificate issue(String... hosts) {
    return issue(Instant.now().minus(DAY), Instant.now().plus(DAY), hosts);
  }

  /** Issues a certificate whose time was over yesterday. */
  public ServerCertificate issueExpired(String... hosts) {
    return issue(Instant.now().minus(DAY.multipliedBy(3)), Instant.now().minus(DAY), hosts);
  }

  private ServerCertificate issue(Instant from, Instant to, String... hosts) {
    KeyPair server = newKeys();
    try {
      X509v3CertificateBuilder builder = builder(new X500Name("CN=server"), server, from, to);
      GeneralName[] names =
          Arrays.stream(hosts).map(CertificateAuthority::generalName).toArray(GeneralName[]::new);
      builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(names));
      return new ServerCertificate(
          pem(sign(builder)), pem(new JcaPKCS8Generator(server.getPrivate(), null).generate()));
    } catch (IOException e) {
      throw new ServerException("A certificate could not be made.", e);
    }
  }

  private X509CertificateHolder ownCertificate() throws IOException {
    X509v3CertificateBuilder builder =
        builder(name, keys, Instant.now().minus(DAY.multipliedBy(9)), Instant.now().plus(DAY));
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
    return sign(builder);
  }

  private X509v3CertificateBuilder builder(
      X500Name subject, KeyPair subjectKeys, Instant from, Instant to) {
    BigInteger serial = new BigInteger(64, new SecureRandom());
    return new JcaX509v3CertificateBuilder(
        name, serial, Date.from(from), Date.from(to), subject, subjectKeys.getPublic());
  }

  private X509CertificateHolder sign(X509v3CertificateBuilder builder) {
    try {
      return builder.build(new JcaContentSignerBuilder(SIGNATURE).build(keys.getPrivate()));
    } catch (OperatorCreationException e) {
      throw new ServerException("This JVM cannot sign with " + SIGNATURE + ".", e);
    }
  }

  private static GeneralName generalName(String host) {
    boolean address = host.matches("[0-9.]+|.*:.*");
    return new GeneralName(address ? GeneralName.iPAddress : GeneralName.dNSName, host);
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new ServerException("This JVM cannot make keys.", e);
    }
  }

  private static String pem(Object content) throws IOException {
    StringWriter text = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    }
    return text.toString();
  }
}
