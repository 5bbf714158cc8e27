// Package learn reads items that people labelled and writes what can be said about a ruleset from them: how often its
// verdicts agree, with intervals and a calibration table, and the text model that is trained on them.
//
// Nothing of it runs in the pipeline. All of it is deterministic: the same files give the same numbers and bytes.
package learn
