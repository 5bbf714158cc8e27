// Package normalize reads workmix.raw and writes workmix.items: from one raw record the item's whole chain of
// revisions, its activities and links, or its tombstone. It is a pure function of the record and the
// configuration: the same record gives the same events, in the same order, byte for byte.
package normalize
