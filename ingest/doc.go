// Package ingest reads trackers and writes topic workmix.raw: one record for each distinct telling of an item.
// What it must remember between runs (cursors, digests, validators, counts, failures to retry) it reads from
// and writes to topic workmix.ingest; what is too large to carry goes to workmix.deadletter.
//
// A [Source] knows one tracker. [Once] makes one run over it, [Poll] repeats that on a schedule. Nothing is
// remembered before what it stands for is acknowledged by the log: an item's raw record first, then its digest,
// then the cursor of the page. So a crash at any point repeats work and loses none.
//
// A [Source] that is a [Bulker] is read for the first time by lists over all items of a project. What they tell is
// written at once, newest first and marked partial in the content, and replaced by the whole item afterwards.
//
// The clock of the whole pipeline is read here and nowhere after: [Options.Now] stamps recorded_at.
package ingest
