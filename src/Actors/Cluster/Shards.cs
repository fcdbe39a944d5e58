namespace LiveCommerce.Actors.Cluster;

/// <summary>How grains are spread: each key belongs to one of a fixed number of shards, and each shard to one silo at a time.</summary>
public static class Shards
{
    /// <summary>Shards of a cluster. Part of the stored protocol: it never changes.</summary>
    public const int Count = 1024;

    /// <summary>
    /// The shard of a key, whatever the grain's type: a room and its gift desk are neighbours, so a gift crosses one process line at
    /// most. The same on every machine and in every version: FNV-1a over the key's UTF-16 code units, folded.
    /// </summary>
    public static int Of(string key) => Of(key, Count);

    internal static int Of(string key, int count)
    {
        unchecked
        {
            var hash = 14695981039346656037UL;
            foreach (var unit in key)
            {
                hash = (hash ^ (byte)unit) * 1099511628211UL;
                hash = (hash ^ (byte)(unit >> 8)) * 1099511628211UL;
            }

            // FNV's low bits are its weakest; the high ones are folded in before the remainder.
            hash ^= hash >> 32;
            return (int)(hash % (ulong)count);
        }
    }
}
