//! What a project changed in an artifact.

use crate::deploy::{catalog, deployed, run_bit};

#[test]
fn a_difference_is_shown_from_the_source_to_the_project() {
    let case = catalog();
    deployed(&case, "deploy report ship files", "shop");
    let same = case.run("diff report --project shop --exit-code");
    assert_eq!(same.ends(0).out, "");
    let copy = "../shop/.claude/skills/report";
    case.write(&format!("{copy}/no-end.txt"), "one\n2\nthree");
    case.write(&format!("{copy}/own.md"), "mine\n");
    case.remove(&format!("{copy}/bin/make.sh"));
    run_bit(&case, &format!("{copy}/own.md"), false);
    let differs = case.run("diff skill:report --project shop --exit-code");
    let wanted = "\
diff --git a/.claude/skills/report/bin/make.sh b/.claude/skills/report/bin/make.sh
deleted file mode 100644
--- a/.claude/skills/report/bin/make.sh
+++ /dev/null
@@ -1,2 +0,0 @@
-#!/bin/sh
-echo made
diff --git a/.claude/skills/report/no-end.txt b/.claude/skills/report/no-end.txt
--- a/.claude/skills/report/no-end.txt
+++ b/.claude/skills/report/no-end.txt
@@ -1,3 +1,3 @@
 one
-two
+2
 three
\\ No newline at end of file
diff --git a/.claude/skills/report/own.md b/.claude/skills/report/own.md
new file mode 100644
--- /dev/null
+++ b/.claude/skills/report/own.md
@@ -0,0 +1,1 @@
+mine
";
    assert_eq!(differs.ends(1).out, wanted);
    let json = case.run("diff report --project shop --json").ends(0).json();
    let files = json["copies"][0]["files"].as_array().expect("files");
    let counts: Vec<_> =
        files.iter().map(|it| (it["added"].as_i64(), it["removed"].as_i64())).collect();
    assert_eq!(counts, [(Some(0), Some(2)), (Some(1), Some(1)), (Some(1), Some(0))]);
}
