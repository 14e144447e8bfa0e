// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code deploy/anteroom} in a tree of its own, with a java that only shows how it was called. */
final class LauncherTest {
  private static final Path LAUNCHER = Path.of("..", "deploy", "anteroom");
  private static final String JAVA =
      """
      #!/bin/sh
      case "$*" in
        *-XX:Wrong*) echo "Error occurred during initialization of VM"
          echo "Unrecognized VM option 'Wrong'"
          echo "Error: Could not create the Java Virtual Machine."
          exit 1;;
        *-version*) exit 0;;
      esac
      echo "java $*"
      """;

  private static final String[] TOOLS = {
    "bash", "cksum", "dirname", "env", "find", "grep", "head", "readlink", "sed", "sort", "touch"
  };

  @TempDir private Path top;
  private Path root;
  private Path jdk;

  /** What came of a call. */
  private record Called(int code, String text) {}

  @BeforeEach
  void build() throws IOException {
    root = top.resolve("anteroom");
    write("deploy/anteroom", Files.readString(LAUNCHER));
    for (String file :
        new String[] {
          "pom.xml",
          "protocol/pom.xml",
          "node/pom.xml",
          "node/src/main/A.java",
          "protocol/src/main/B.java",
          "node/target/lib/anteroom-protocol-1.jar"
        }) {
      write(file, "");
    }
    write("node/target/anteroom-node.jar", "");
    jdk = jdk("jdk", "21.0.1");
  }

  private void write(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    executable(path, text);
  }

  private static void executable(Path path, String text) throws IOException {
    Files.writeString(path, text);
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path jdk(String name, String version) throws IOException {
    Path home = top.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    executable(home.resolve("bin/java"), JAVA);
    executable(home.resolve("bin/javac"), "");
    return home;
  }

  private Called call(Map<String, String> environment, String... args) throws Exception {
    String[] command = new String[args.length + 1];
    command[0] = root.resolve("deploy/anteroom").toString();
    System.arraycopy(args, 0, command, 1, args.length);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Called(process.waitFor(), text);
  }

  @Test
  void call_withoutHome_startsJava() throws Exception {
    Called called = call(Map.of(), "check", "a b");

    assertThat(called.code()).isZero();
    assertThat(called.text()).startsWith("java ").endsWith("cli.Main check a b\n");
  }

  @Test
  void javaHome_thatIsNone_isNamedAndNotPassedOver() throws Exception {
    Called called = call(Map.of("JAVA_HOME", "/no/such/jdk"), "check");

    assertThat(called.code()).isEqualTo(1);
    assertThat(called.text())
        .isEqualTo(
            "anteroom: JAVA_HOME is /no/such/jdk, where no JDK is. Set it to one, or unset it to have"
                + " one found.\n");
  }

  @Test
  void javaHome_thatIsTooOld_isNamed() throws Exception {
    Called called = call(Map.of("JAVA_HOME", jdk("old", "1.8.0_402").toString()), "check");

    assertThat(called.code()).isEqualTo(1);
    assertThat(called.text()).contains("is Java 8; Anteroom needs 17 or newer").hasLineCount(1);
  }

  @Test
  void javaOpts_thatJavaDoesNotTake_areNamedInOneLine() throws Exception {
    Called called = call(Map.of("JAVA_OPTS", "-Xmx1g -XX:Wrong"), "check");

    assertThat(called.code()).isEqualTo(1);
    assertThat(called.text())
        .isEqualTo(
            "anteroom: java does not take JAVA_OPTS=\"-Xmx1g -XX:Wrong\": Unrecognized VM option"
                + " 'Wrong'\n");
  }

  @Test
  void build_thatWasCopied_isUsed() throws Exception {
    assertThat(call(Map.of(), "check").text()).startsWith("java ");

    makeSourcesNewer();

    assertThat(call(withMaven(), "check").text()).startsWith("java ");
  }

  @Test
  void build_thatIsOlderThanChangedSources_isMadeAnew() throws Exception {
    assertThat(call(Map.of(), "check").text()).startsWith("java ");

    write("node/src/main/A.java", "class A {}");
    makeSourcesNewer();

    assertThat(call(withMaven(), "check").text())
        .startsWith(
            "anteroom: building anew, as pom.xml is newer than the build...\nmvn in %s with %s\njava "
                .formatted(root, jdk));
    assertThat(call(withMaven(), "check").text()).startsWith("java ");
  }

  @Test
  void build_thatIsOlderThanChangedSources_withoutMaven_isUsedAndTold() throws Exception {
    makeSourcesNewer();

    Called called = call(Map.of("PATH", path("bin")), "check");

    assertThat(called.code()).isZero();
    assertThat(called.text())
        .startsWith(
            "anteroom: pom.xml is newer than the build, which is used as it is: there is no")
        .hasLineCount(2);
  }

  @Test
  void build_thatFails_saysHowToDoWithoutIt() throws Exception {
    makeSourcesNewer();
    Map<String, String> environment = withMaven();
    executable(top.resolve("bin/mvn"), "#!/bin/sh\nexit 1\n");

    Called called = call(environment, "check");

    assertThat(called.code()).isEqualTo(1);
    assertThat(called.text())
        .endsWith("for the reason above. To use the build that is there: touch " + jar() + "\n");
  }

  @Test
  void build_thatIsNotThere_needsMaven() throws Exception {
    Files.delete(jar());

    Called called = call(Map.of("PATH", path("bin")), "check");

    assertThat(called.code()).isEqualTo(1);
    assertThat(called.text()).contains("is not built yet, and needs Maven").hasLineCount(1);
  }

  private Path jar() {
    return root.resolve("node/target/anteroom-node.jar");
  }

  private void makeSourcesNewer() throws IOException {
    Files.setLastModifiedTime(jar(), FileTime.from(Instant.EPOCH));
  }

  /** With a Maven that only says that it was called. */
  private Map<String, String> withMaven() throws IOException {
    String path = path("bin");
    executable(top.resolve("bin/mvn"), "#!/bin/sh\necho \"mvn in $PWD with $JAVA_HOME\"\n");
    return Map.of("PATH", path);
  }

  /** A directory with what the script needs, and no mvn. */
  private String path(String name) throws IOException {
    Path bin = Files.createDirectories(top.resolve(name));
    for (String tool : TOOLS) {
      String real = Files.exists(Path.of("/bin", tool)) ? "/bin/" + tool : "/usr/bin/" + tool;
      executable(bin.resolve(tool), "#!/bin/sh\nexec %s \"$@\"\n".formatted(real));
    }
    return bin.toString();
  }

  @Test
  void descriptors_tooFewToStart_areTold() throws Exception {
    write("few", "#!/bin/bash\nulimit -n 100\nexec \"%s/deploy/anteroom\" run\n".formatted(root));
    ProcessBuilder builder =
        new ProcessBuilder(root.resolve("few").toString()).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", jdk.toString());
    builder.environment().remove("JAVA_OPTS");
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(text)
        .startsWith("anteroom: may have only 100 files open, and needs 256 to start; raise")
        .hasLineCount(1);
  }
}
