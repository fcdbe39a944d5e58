namespace LiveCommerce.Actors.Cluster;

/// <summary>Who owns each shard and where the silos are, as a caller believes at this moment. Never changes; see <see cref="With"/>.</summary>
internal sealed class ClusterMap
{
    private readonly long?[] _owners;
    private readonly IReadOnlyDictionary<long, string> _addresses;

    public ClusterMap(ClusterView view)
    {
        _owners = new long?[Shards.Count];
        foreach (var shard in view.Shards) { _owners[shard.Shard] = shard.Owner; }
        _addresses = view.Silos.Where(silo => silo.Status != SiloStatus.Dead).ToDictionary(silo => silo.SiloId, silo => silo.LinkUrl);
    }

    private ClusterMap(long?[] owners, IReadOnlyDictionary<long, string> addresses) => (_owners, _addresses) = (owners, addresses);

    /// <summary>The silos that can be reached.</summary>
    public IEnumerable<long> Silos => _addresses.Keys;

    /// <summary>The silo of a shard, if it has one that is known to be alive.</summary>
    public long? OwnerOf(int shard) => _owners[shard] is { } owner && _addresses.ContainsKey(owner) ? owner : null;

    /// <summary>Where a silo is reached; null: it is not known, or dead.</summary>
    public string? AddressOf(long silo) => _addresses.GetValueOrDefault(silo);

    /// <summary>The same, with what a silo said of one shard: it knew better.</summary>
    public ClusterMap With(int shard, long? owner)
    {
        if (_owners[shard] == owner) { return this; }
        var owners = (long?[])_owners.Clone();
        owners[shard] = owner;
        return new ClusterMap(owners, _addresses);
    }
}
