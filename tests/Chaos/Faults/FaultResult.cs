namespace LiveCommerce.Chaos.Faults;

/// <summary>What a fault did.</summary>
/// <param name="Target">What was struck.</param>
/// <param name="At">When, since the run began.</param>
/// <param name="Lasted">From the strike until it was over.</param>
/// <param name="ShardsBack">From the strike until others owned every shard; null: no shard was to move.</param>
/// <param name="GiftBack">From the strike until the first answer to a gift that was sent after it.</param>
/// <param name="LongestGift">The longest that an answer took until all was well again.</param>
/// <param name="HandOver">The longest that an answer took while a silo gave its shards away in order; null: none did.</param>
/// <param name="Deaths">Silos that others declared dead meanwhile.</param>
internal sealed record FaultResult(
    FaultKind Kind, string Target, TimeSpan At, TimeSpan Lasted, TimeSpan? ShardsBack, TimeSpan GiftBack, TimeSpan LongestGift, TimeSpan? HandOver,
    IReadOnlyList<string> Deaths);
