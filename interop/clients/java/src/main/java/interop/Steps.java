package interop;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/** Runs steps, prints their results, and holds what they check with. */
final class Steps {
    private static final int MAX_DETAIL = 600;

    private final Set<String> without =
            new HashSet<>(Arrays.asList(System.getenv().getOrDefault("INTEROP_WITHOUT", "").split(",")));

    interface Step {
        void run() throws Exception;
    }

    interface DetailedStep {
        String run() throws Exception;
    }

    void run(String name, Step step) {
        detailed(name, () -> {
            step.run();
            return "";
        });
    }

    void detailed(String name, DetailedStep step) {
        if (without.contains(name)) {
            return;
        }
        try {
            print(name, "ok", step.run());
        } catch (Exception | AssertionError e) {
            String at = Arrays.stream(e.getStackTrace())
                    .filter(frame -> frame.getClassName().startsWith("interop.") && !frame.getClassName().equals("interop.Steps"))
                    .map(frame -> " (" + frame.getFileName() + ":" + frame.getLineNumber() + ")")
                    .findFirst()
                    .orElse("");
            print(name, "FAIL", e + at);
        }
    }

    private static void print(String name, String result, String detail) {
        String line = detail.replaceAll("\\s+", " ");
        System.out.println(name + "|" + result + "|" + line.substring(0, Math.min(line.length(), MAX_DETAIL)));
    }

    static void same(Object want, Object have, String what) {
        if (!Objects.equals(want, have)) {
            throw new AssertionError(what + ": want " + want + ", have " + have);
        }
    }

    static void isTrue(boolean condition, String what) {
        if (!condition) {
            throw new AssertionError(what);
        }
    }
}
