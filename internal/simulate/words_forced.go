package simulate

// theme is a kind of work: what its tickets say and how they are filed. Words in braces are filled in.
type theme struct {
	quadrant Quadrant
	kind     string   // Jira's type
	labels   []string // on either tracker
	titles   []string
	opening  []string // first paragraph of the body
	detail   []string // second one
	pulls    []string // titles of pull requests that answer it
}

// forcedShort is emergencies of all shapes and sizes.
var forcedShort = map[string]*theme{
	"outage": {
		ForcedShort, "Incident",
		[]string{"incident"},
		[]string{
			"{svc} is down in {region}", "Outage: {comp} answers 503 to every request", "{svc} out of memory, restarts every {n} minutes",
			"Error rate of {svc} at {pct}% since this morning", "Writes to {store} time out, orders are stuck", "Queue of {comp} stands still, nothing is delivered",
			"{store} primary lost, failover did not happen", "All nodes of {svc} in {region} unreachable", "{comp} drops connections under load, customers see errors",
			"Disk full on {store}, {svc} refuses writes", "Login fails for everybody: {svc} cannot reach {store}", "Data loss after restart of {comp}",
		},
		[]string{
			"The pager went off at night: {svc} stopped answering in {region} and health checks fail on every node.",
			"Since the deploy of {ver} {pct}% of the requests to {comp} end in an error. Customers are affected right now.",
			"{customer} reports that nothing works. We can confirm: {svc} does not come back after a restart.",
			"{store} stopped accepting writes and everything behind {comp} piles up. This is a production incident.",
			"On-call was paged three times tonight. {svc} runs out of memory, is killed and comes back with an empty cache.",
		},
		[]string{
			"Impact: about {pct}% of all traffic, all customers in {region}. Mitigation first, cause afterwards.",
			"Status page is set to major outage. Support has {n} open tickets about it.",
			"Timeline and chat log are in the incident channel. We need a fix today, the workaround holds for some hours at best.",
			"Rolling back did not help. The graphs of {comp} show a cliff at the time of the failure.",
		},
		[]string{
			"Fix crash loop of {svc} at start", "Raise memory limit of {comp} and stop the leak", "Time out hung connections to {store}",
			"Restore failover of {store}", "Shed load in {comp} before it falls over", "Hotfix: {svc} must not retry for ever",
		},
	},
	"vulnerability": {
		ForcedShort, "Bug",
		[]string{"security"},
		[]string{
			"CVE-2025-{n4}: patch {lib} in {svc}", "Security: {comp} shows other tenants' data", "Vulnerability in {lib} reachable through {svc}",
			"Rotate leaked credentials of {svc}", "Remote code execution in {lib}, update all images now", "{comp} accepts expired tokens",
			"Cross-site scripting in {page} reported by a customer", "CVE-2026-{n4} in {lib}: update before Friday", "Penetration test: {svc} leaks stack traces with secrets",
		},
		[]string{
			"The report came in today, with a score of 9.{d}. {svc} is affected and reachable from outside.",
			"A security researcher wrote to us: what is described in the title can be done from outside, without an account.",
			"The security team rates this critical. {svc} is reachable from outside and holds customers' data.",
			"Found by the scanner in everything we ship. An exploit is public since yesterday.",
		},
		[]string{
			"Every affected host must be patched this week; the security team tracks it daily.",
			"No sign of abuse in the logs so far, but we cannot wait for the next release.",
			"Fixed upstream in {ver}. Needs a new image, a rollout and a check that nobody pins the old one.",
		},
		[]string{
			"Update {lib} to {ver} (CVE)", "Check tenant before reading in {comp}", "Revoke and rotate keys of {svc}", "Escape user input in {page}", "Reject expired tokens in {comp}",
		},
	},
	"regression": {
		ForcedShort, "Bug",
		[]string{"bug", "regression"},
		[]string{
			"{svc} crashes when {action}", "Regression in {ver}: {comp} loses settings", "Wrong totals in {page} since {ver}", "{cmd} exits with a stack trace on {os}",
			"{comp} returns stale data after {action}", "Since {ver} {action} fails with an internal error", "{page} shows an empty list although there is data",
			"Duplicate entries in {store} after {action}", "Cannot save in {page}: error 500", "{svc} ignores the time zone and books on the wrong day",
		},
		[]string{
			"After the update to {ver} users hit an error whenever they try {action}. It worked in the release before.",
			"{customer} reported this with screenshots. We can reproduce it on {ver}, not on the release before.",
			"Happens every time since {ver}. The log of {svc} shows an error at that moment.",
			"Several users report it. It hits everybody who uses {page} for daily work.",
		},
		[]string{
			"Steps: open {page}, try {action}, look at the log. Expected: it works. Actual: error and lost input.",
			"Bisecting points to the change of {comp} two weeks ago.",
			"There is no workaround for those on {os}. Support gets about {n} questions a day.",
			"The result is wrong without any error, which makes it worse.",
		},
		[]string{
			"Fix {action} in {svc}", "Fix double counting in {page}", "Handle missing value in {comp}", "Fix nil pointer in {svc}", "Bring back settings of {comp}", "Fix time zone of {page}",
		},
	},
	"degradation": {
		ForcedShort, "Bug",
		[]string{"bug", "performance"},
		[]string{
			"p99 of {comp} rose from {ms} ms to {sec} s", "{page} takes {sec} seconds to load, users complain", "{svc} slows to a crawl at peak hours", "Memory of {comp} grows until it is killed",
			"Query on {store} got ten times slower after the upgrade", "Backlog of {comp} is {n} hours behind",
		},
		[]string{
			"Since last week {comp} is so slow that clients time out. It hurts users at peak hours now.",
			"The service objective of {svc} is broken for the third day: p99 stands at {sec} seconds.",
			"{customer} complains about {page}: it takes {sec} seconds, a month ago it was instant.",
		},
		[]string{
			"The profile shows most time in {lib}. A missing index on {store} is the likely cause.",
			"CPU is at {pct}% on all nodes; we added two more as a stopgap.",
			"If it grows at this rate we will page somebody every night.",
		},
		[]string{"Add missing index for {page}", "Stop reading all rows in {comp}", "Cache lookups of {svc}", "Fix memory leak in {comp}"},
	},
	"build": {
		ForcedShort, "Bug",
		[]string{"ci"},
		[]string{
			"Main is red: {tool} fails since this morning", "Release {ver} is blocked by failing {tool}", "Broken build of {svc} on {os}", "CI cannot pull images, nobody can merge",
			"Deploy of {comp} fails in the last step", "{lib} {ver} broke our build",
		},
		[]string{
			"Nobody can merge anything until this is fixed.",
			"It broke over night, nobody changed anything on our side. The release planned for tomorrow is blocked.",
			"All pull requests are red for the same reason, here and in two other repositories.",
		},
		[]string{
			"Pinning the old version gets us going; the cause still has to be found.",
			"All teams are waiting. Last green build was yesterday at noon.",
		},
		[]string{"Pin {lib} to unbreak the build", "Fix {tool} on main", "Repair image pull in CI"},
	},
	"deadline": {
		ForcedShort, "Task",
		[]string{"deadline"},
		[]string{
			"Certificate of {svc} expires on {date}", "{os} image loses support this month: replace it in {svc}", "Payment provider switches off the old endpoint on {date}",
			"Token of {comp} for the app store expires on {date}", "Auditor asks for access logs of {svc} by {date}", "{customer} goes live on {date} and needs a higher limit in {comp}",
		},
		[]string{
			"This has a date set by somebody else: {date}. After that we are in trouble.",
			"We were given notice, and {date} is fixed. Customers depend on it.",
			"If this is not done by {date}, {svc} stops working for some of our customers.",
		},
		[]string{"A small change, but it must not be missed.", "Needs somebody with production access. Half a day of work.", "Legal and the account manager watch this one."},
		[]string{"Renew certificate of {svc}", "Replace base image of {svc}", "Use the provider's new endpoint in {comp}", "Raise limit for {customer}"},
	},
	"avalanche": {
		ForcedShort, "Task",
		[]string{"privacy", "compliance"},
		[]string{
			"Privacy law deadline {deadline}: erase closed accounts from {store}", "Compliance blocker: {page} shows personal data without consent", "Personal data in logs of {svc} must go before {deadline}",
			"Data subject request for {customer} overdue: export from {store}", "Stop sending e-mail addresses from {comp} to the vendor before {deadline}", "Legal: retention of {store} exceeds what the law allows",
			"Consent banner missing in {page}, regulator deadline {deadline}", "Encrypt backups of {store} with personal data before {deadline}", "Right to erasure fails for accounts in {comp}",
			"Record of processing for {svc} missing, auditor needs it this week",
		},
		[]string{
			"The new privacy law applies from {deadline}. {svc} still keeps personal data that we are no longer allowed to have. This has to be done now.",
			"Found in the crash review for {deadline}: {comp} copies addresses into places nobody knew of.",
			"Legal marked this as a blocker. If it is not done by {deadline} we have to switch the feature off or risk a fine.",
			"Should have been part of the privacy programme last year; now it is an emergency.",
		},
		[]string{
			"Drop other work for it. Report to the daily meeting when done.",
			"A manual deletion is fine for now, as long as it is logged and can be shown to the auditor.",
			"About {n} thousand records are concerned. Keep a proof of the erasure.",
		},
		[]string{"Erase closed accounts from {store}", "Mask personal data in logs of {svc}", "Ask for consent in {page}", "Limit retention in {store}", "Stop sharing addresses with the vendor"},
	},
}

// forcedLong is mandatory future work that requires major investment.
var forcedLong = map[string]*theme{
	"eol": {
		ForcedLong, "Epic",
		[]string{"migration", "end-of-life"},
		[]string{
			"Move all services off {lib} before its support ends in {month}", "{os} end of life: migrate every host of {svc} by {month}", "Replace {store} before the vendor drops our version",
			"Migrate {comp} to the provider's new API, the old one is shut down in {month}", "End of support for {lib}: upgrade the whole {svc} fleet",
		},
		[]string{
			"The vendor ends support of the version we run in {month}. After that there are no security fixes, and our contracts forbid to run it. {n} services are concerned.",
			"{os} reaches its end of life. The migration touches every host and will take two or three quarters.",
		},
		[]string{
			"Plan: inventory, a pilot with {svc}, then service by service, then switch off the old one. There is no choice about whether, only about when.",
			"The date is fixed by others. The work is spread over the teams; this issue tracks the whole migration.",
		},
		[]string{"Migrate {comp} off {lib}, part {part}", "Make {svc} build on the new {os}", "Dual write to old and new {store}", "Remove last use of {lib} in {comp}"},
	},
	"compliance": {
		ForcedLong, "Epic",
		[]string{"compliance"},
		[]string{
			"Certification programme: controls for {svc} required by the auditor", "Audit trail for all access to {store}, required by regulation", "Data residency: keep records of {region} in the region, required by law",
			"Payment card standard: isolate {comp} before the next assessment",
		},
		[]string{
			"Regulation requires that we can show who read which record. That touches every service that uses {store} and is a programme of several quarters.",
			"The auditor's report lists {n} controls that we do not have. Without them we lose the certificate and the customers that depend on it.",
		},
		[]string{
			"The legal obligation is clear, the design is not: start with {svc}, then roll out to the rest.",
			"Milestones are agreed with the auditor: design, first service, half of the services, all of them.",
		},
		[]string{"Write audit records in {svc}, part {part}", "Keep {region} data in {region}", "Isolate network of {comp}", "Evidence export for the auditor"},
	},
	"scale": {
		ForcedLong, "Epic",
		[]string{"scalability", "reliability"},
		[]string{
			"{store} reaches its limit within the year: shard it", "{comp} cannot carry next year's traffic: rebuild it for ten times the load", "Second region for {customer}, agreed in the contract for {month}",
			"Cloud bill grows faster than revenue: cut the cost of {svc} by half",
		},
		[]string{
			"At the present growth {store} is full in {n} months and cannot be made larger. If we do not start now we will have outages then.",
			"The contract with {customer} obliges us to run in a second region. It takes most of the team for two quarters.",
			"Finance has set a hard limit. Without a large change to how {svc} uses machines we exceed it in {month}.",
		},
		[]string{
			"Rough estimate: {n} person-months. First the hardest part, moving live data without downtime.",
			"Breaks down into: measuring, partitioning, moving data, switching traffic.",
		},
		[]string{"Route {comp} by shard, part {part}", "Move data of {store} in batches", "Replicate {store} to {region}", "Pack {svc} onto fewer machines"},
	},
}

// privacy is the programme that nobody staffed: forced and long, then an avalanche.
var privacy = &theme{
	ForcedLong, "Epic",
	[]string{"privacy", "compliance"},
	[]string{
		"Privacy programme: find all personal data in {svc}", "Privacy programme: erasure of accounts across {store}", "Privacy programme: retention rules for {store}",
		"Privacy programme: export for data subjects from {svc}", "Privacy programme: consent records in {comp}", "Privacy programme: contracts and data flows of {comp}",
		"Privacy programme: pseudonyms in analytics of {svc}", "Privacy programme: audit of access to {store}",
	},
	[]string{
		"The privacy law applies from {deadline}. By then {svc} has to be able to say what it knows about a person and to erase it. This is several months of work.",
		"Part of the legal obligation for {deadline}: a design and an implementation across all stores, not a quick fix.",
	},
	[]string{
		"No team has taken it yet. The date does not move.",
		"Needs somebody for at least a quarter. To be planned in the next round.",
		"Estimated at {n} person-weeks. Depends on the inventory of personal data.",
	},
	[]string{"Erasure job for {store}, part {part}", "Inventory of personal data in {svc}", "Consent records in {comp}"},
}
