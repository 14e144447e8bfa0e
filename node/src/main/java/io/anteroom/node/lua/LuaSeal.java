// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.lua;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The seal of compiled functions. LuaJIT does not check bytecode before it runs it, so a script
 * that made some up could reach all memory of the process. A function that goes to another state
 * therefore carries a MAC with a key of this process, and without a valid one it is not loaded.
 */
final class LuaSeal {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int LENGTH = 32;
  private static final SecretKeySpec KEY = newKey();

  private LuaSeal() {}

  private static SecretKeySpec newKey() {
    byte[] key = new byte[LENGTH];
    new SecureRandom().nextBytes(key);
    return new SecretKeySpec(key, ALGORITHM);
  }

  /** The code with a seal, which {@link #opened} takes off. */
  static byte[] sealed(byte[] code) {
    byte[] sealed = Arrays.copyOf(code, code.length + LENGTH);
    System.arraycopy(mac(code), 0, sealed, code.length, LENGTH);
    return sealed;
  }

  /**
   * The code without its seal.
   *
   * @throws LuaFailure if the seal is not one of this process for this code
   */
  static byte[] opened(byte[] sealed) throws LuaFailure {
    int length = Math.max(0, sealed.length - LENGTH);
    byte[] code = Arrays.copyOf(sealed, length);
    byte[] seal = Arrays.copyOfRange(sealed, length, sealed.length);
    if (!MessageDigest.isEqual(seal, mac(code))) {
      throw new LuaFailure("the code of a function must be what string.dump returned here");
    }
    return code;
  }

  private static byte[] mac(byte[] code) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(KEY);
      return mac.doFinal(code);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // Every Java platform has it.
    }
  }
}
