"""Ways on where a build cannot succeed as it is: each answers for one kind of failure.

Before the first build `engine.planner` asks, in this order: `missing_pip`, `upgrade_pip`,
`alternative_index`, `unresolvable`, `preflight`. After a failure `engine.loop` asks
`out_of_memory`, then the recipe of the cause; where neither helps, `alternatives`, then
`alternative_release`. `parallel_extensions` says which attempts must not be trusted.
"""
