-- title: Items closed in bulk
-- question: Which items did somebody close together with more than twenty others within an hour?
-- parameters:
--   known_at DateTime64(3, 'UTC') = 2299-01-01: what was learned until then counts
--   from DateTime64(3, 'UTC') = 1970-01-01: closed at this time or later
--   to DateTime64(3, 'UTC') = 2299-01-01: closed before this time
-- columns:
--   item_id: id of the item
--   at: when it was closed
--   actor: pseudonym of who closed it
--   closed: how many items that actor closed in the fullest hour that this one is in
-- unit: items
SELECT item_id, at, actor, closed
FROM
(
    SELECT c.item_id AS item_id, c.at AS at, c.actor AS actor, toInt64(max(c.following) OVER (PARTITION BY c.actor ORDER BY toUnixTimestamp64Milli(c.at) RANGE BETWEEN 3600000 PRECEDING AND CURRENT ROW)) AS closed
    FROM
    (
        SELECT item_id, at, actor, count() OVER (PARTITION BY actor ORDER BY toUnixTimestamp64Milli(at) RANGE BETWEEN CURRENT ROW AND 3600000 FOLLOWING) AS following
        FROM closings_at(known_at = {known_at:DateTime64(3, 'UTC')})
        WHERE actor != '' AND item_id IN -- closed then, or within the hour that the counted ones are in
            (
                SELECT r.item_id FROM revisions AS r
                WHERE r.state IN ('done', 'dropped') AND r.valid_from >= {from:DateTime64(3, 'UTC')} - INTERVAL 1 HOUR AND r.valid_from < {to:DateTime64(3, 'UTC')} + INTERVAL 1 HOUR
            )
    ) AS c
)
WHERE closed > 20 AND at >= {from:DateTime64(3, 'UTC')} AND at < {to:DateTime64(3, 'UTC')}
ORDER BY at, item_id
