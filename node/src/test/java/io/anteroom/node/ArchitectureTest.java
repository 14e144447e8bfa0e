// SPDX-License-Identifier: Apache-2.0
package io.anteroom.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import io.anteroom.node.flow.Counter;
import io.anteroom.node.flow.SuspensionCounter;
import java.util.List;

/** Holds the order of the packages: each may use those below it, never one above. */
@AnalyzeClasses(packages = "io.anteroom.node", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.anteroom.node";

  /** From the top to the bottom; the empty one is the root package, which wires all below it. */
  private static final List<String> ORDER =
      List.of(
          "cli",
          "",
          "admin",
          "live",
          "membership",
          "listener",
          "query",
          "suspend",
          "dnsdist",
          "policy",
          "filter",
          "operation",
          "resolver",
          "upstream",
          "rule",
          "cache",
          "zone",
          "rate",
          "share",
          "port",
          "flow",
          "config",
          "tls",
          "http",
          "wire",
          "lua",
          "net");

  @ArchTest
  static final ArchRule packages_useOnlyThoseBelow =
      ArchRuleDefinition.classes().should(useOnlyPackagesBelow());

  @ArchTest
  static final ArchRule counters_allCountSomething =
      ArchRuleDefinition.fields()
          .that()
          .haveRawType(Counter.class)
          .or()
          .haveRawType(SuspensionCounter.class)
          .and()
          .areStatic()
          .should(
              new ArchCondition<>("be used outside of their class") {
                @Override
                public void check(JavaField field, ConditionEvents events) {
                  boolean used =
                      field.getAccessesToSelf().stream()
                          .anyMatch(use -> !use.getOriginOwner().equals(field.getOwner()));
                  boolean counter = field.getOwner().equals(field.getRawType());
                  if (counter && !used) {
                    events.add(SimpleConditionEvent.violated(field, field.getFullName()));
                  }
                }
              });

  @ArchTest
  static final ArchRule exampleFilter_usesNothingOfTheNode =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".blocklist")
          .should()
          .dependOnClassesThat(
              com.tngtech.archunit.base.DescribedPredicate.describe(
                  "are of the node",
                  c ->
                      c.getPackageName().startsWith(ROOT)
                          && !c.getPackageName().equals(ROOT + ".blocklist")));

  @ArchTest
  static final ArchRule logic_doesNotReadTheWallClock =
      noClasses().should().callMethod(System.class, "currentTimeMillis");

  @ArchTest
  static final ArchRule actors_doNotBlock =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + ".query", ROOT + ".suspend", ROOT + ".filter", ROOT + ".upstream")
          .should()
          .callMethod(Thread.class, "sleep", long.class)
          .orShould()
          .callMethod(java.util.concurrent.CompletableFuture.class, "get")
          .orShould()
          .callMethod(java.util.concurrent.CompletableFuture.class, "join");

  private static ArchCondition<JavaClass> useOnlyPackagesBelow() {
    return new ArchCondition<>("use only packages below their own") {
      @Override
      public void check(JavaClass from, ConditionEvents events) {
        int own = ORDER.indexOf(name(from));
        if (own < 0) {
          return;
        }
        from.getDirectDependenciesFromSelf()
            .forEach(
                dependency -> {
                  int used = ORDER.indexOf(name(dependency.getTargetClass()));
                  if (used >= 0 && used < own) {
                    events.add(SimpleConditionEvent.violated(from, dependency.getDescription()));
                  }
                });
      }
    };
  }

  private static String name(JavaClass type) {
    String name = type.getPackageName();
    if (name.equals(ROOT)) {
      return "";
    }
    return name.startsWith(ROOT + ".") ? name.substring(ROOT.length() + 1) : "elsewhere";
  }
}
