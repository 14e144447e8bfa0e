// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.tls;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Reads private keys in PEM: PKCS#8, encrypted or not, and the older forms of RSA (PKCS#1) and of
 * elliptic curves (SEC 1), which are put into PKCS#8 for the JDK.
 */
final class PrivateKeys {
  private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");
  private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");
  private static final byte[] VERSION_0 = {2, 1, 0};
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 4;
  private static final int CURVE = 0xa0;

  private PrivateKeys() {}

  /**
   * The only private key in the file.
   *
   * @param password null for none
   * @throws IOException says what is wrong, without the file's name
   */
  static PrivateKey read(byte[] file, char @Nullable [] password) throws IOException {
    List<Pem.Block> keys =
        Pem.blocks(file).stream().filter(block -> block.label().endsWith("PRIVATE KEY")).toList();
    if (keys.size() != 1) {
      throw new IOException(
          keys.isEmpty() ? "has no private key in PEM" : "has more than one private key");
    }
    Pem.Block key = keys.get(0);
    if (key.encrypted()) {
      throw new IOException(
          "the key is encrypted in an old way; convert it with: openssl pkcs8 -topk8");
    }
    return switch (key.label()) {
      case "PRIVATE KEY" -> decoded(key.content());
      case "ENCRYPTED PRIVATE KEY" -> decoded(decrypted(key.content(), password));
      case "RSA PRIVATE KEY" -> decoded(wrapped(RSA, key.content()));
      case "EC PRIVATE KEY" -> decoded(wrapped(curve(key.content()), key.content()));
      default -> throw new IOException("can't read keys of the kind " + key.label());
    };
  }

  private static PrivateKey decoded(byte[] pkcs8) throws IOException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(pkcs8);
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (GeneralSecurityException e) {
        // The next algorithm may fit.
      }
    }
    throw new IOException("the key is broken, or is none of RSA, EC and Ed25519");
  }

  private static byte[] decrypted(byte[] content, char @Nullable [] password) throws IOException {
    if (password == null) {
      throw new IOException("the key is encrypted; its password is missing (password-file)");
    }
    try {
      EncryptedPrivateKeyInfo info = new EncryptedPrivateKeyInfo(content);
      AlgorithmParameters parameters = info.getAlgParameters();
      String algorithm =
          info.getAlgName().equals("PBES2") ? String.valueOf(parameters) : info.getAlgName();
      Key key = SecretKeyFactory.getInstance(algorithm).generateSecret(new PBEKeySpec(password));
      Cipher cipher = Cipher.getInstance(algorithm);
      cipher.init(Cipher.DECRYPT_MODE, key, parameters);
      return info.getKeySpec(cipher).getEncoded();
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException("the key can't be decrypted with this password", e);
    }
  }

  /** PrivateKeyInfo of PKCS#8 (RFC 5208 section 5): version, algorithm, key. */
  private static byte[] wrapped(byte[] algorithm, byte[] key) {
    return der(SEQUENCE, VERSION_0, algorithm, der(OCTETS, key));
  }

  /**
   * The algorithm of an ECPrivateKey (RFC 5915 section 3) with its curve, which is in its field 0.
   */
  private static byte[] curve(byte[] key) throws IOException {
    try {
      ByteBuffer fields = field(ByteBuffer.wrap(key), SEQUENCE);
      while (fields.hasRemaining()) {
        int tag = Byte.toUnsignedInt(fields.get(fields.position()));
        ByteBuffer field = field(fields, tag);
        if (tag == CURVE) {
          byte[] curve = new byte[field.remaining()];
          field.get(curve);
          return der(SEQUENCE, EC, curve);
        }
      }
    } catch (RuntimeException e) {
      throw new IOException("the EC key is broken", e);
    }
    throw new IOException("the EC key does not name its curve");
  }

  /** The content of the next field, which must have this tag. */
  private static ByteBuffer field(ByteBuffer from, int tag) {
    if (Byte.toUnsignedInt(from.get()) != tag) {
      throw new IllegalArgumentException("another tag");
    }
    int length = Byte.toUnsignedInt(from.get());
    if (length > 0x80) {
      int bytes = length & 0x7f;
      length = 0;
      for (int i = 0; i < bytes; i++) {
        length = length << 8 | Byte.toUnsignedInt(from.get());
      }
    }
    ByteBuffer content = from.slice(from.position(), length);
    from.position(from.position() + length);
    return content;
  }

  private static byte[] der(int tag, byte[]... contents) {
    int length = Arrays.stream(contents).mapToInt(content -> content.length).sum();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(length >>> (8 * i));
      }
    }
    for (byte[] content : contents) {
      out.writeBytes(content);
    }
    return out.toByteArray();
  }
}
