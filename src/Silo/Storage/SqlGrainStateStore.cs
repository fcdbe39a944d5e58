using System.Diagnostics.CodeAnalysis;
using Dapper;
using LiveCommerce.Actors;
using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Silo.Storage;

/// <summary>
/// Grain state in the database. A grain hangs off one row, which its first write makes; taking it over raises the row's epoch, and
/// every write names the epoch and etag it knows, so an owner that was overtaken cannot write any more (cluster.md, Fence).
/// </summary>
/// <remarks>
/// An epoch is never given twice, not even to two activations of one silo under one epoch of the shard: rooms number their events anew
/// in each. So a number of the sequence stands for a range, and each claim takes the next of the range.
/// </remarks>
/// <param name="cluster">Null: this process owns every grain. Otherwise the epoch is of the range of the grain's shard.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose.")]
internal sealed class SqlGrainStateStore(Database database, ICluster? cluster = null) : IGrainStateStore
{
    /// <summary>Epochs taken at once for grains that are not stored.</summary>
    private const int EpochBlock = 256;

    /// <summary>Claims of one grain for one number of the sequence. Numbers up to two thousand millions stay exact in a browser.</summary>
    internal const long ClaimsPerNumber = 1 << 22;

    private readonly SemaphoreSlim _block = new(1, 1);
    private long _nextInBlock = 1;
    private long _lastInBlock;

    public async ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken)
    {
        if (cluster is not null) { return await ClaimForShardAsync(cluster, grain, name, cancellationToken); }

        // No row before the first write: whoever asks for things that do not exist must not fill the database.
        if (await FindAsync(grain, name, cancellationToken) is null)
        {
            return new GrainRecord(ReadOnlyMemory<byte>.Empty, null, await NextUnstoredEpochAsync());
        }

        return await database.WriteAsync(async (connection, transaction) =>
        {
            // One sequence for all grains: an epoch is never given twice, not even to a grain whose row was lost.
            var epoch = ClaimsPerNumber * await connection.ExecuteScalarAsync<long>(
                "update epoch_sequence set last = last + 1 returning last", transaction: transaction);
            var row = await connection.QuerySingleAsync<Row>(
                """
                update grain_state set epoch = @epoch where type = @Type and key = @Key and name = @name and epoch < @epoch
                returning epoch, etag, payload
                """,
                new { grain.Type, grain.Key, name, epoch }, transaction);
            return row.ToRecord();
        });
    }

    private async Task<GrainRecord> ClaimForShardAsync(ICluster silos, GrainId grain, string name, CancellationToken cancellationToken)
    {
        var shard = silos.EpochOf(grain) ?? throw new GrainUnavailableException(grain, begun: false);
        var (first, next) = (shard * ClaimsPerNumber, (shard + 1) * ClaimsPerNumber);
        var claimed = await database.WriteAsync((connection, transaction) => connection.QuerySingleOrDefaultAsync<Row>(
            """
            update grain_state set epoch = case when epoch < @first then @first else epoch + 1 end
            where type = @Type and key = @Key and name = @name and epoch < @next - 1
            returning epoch, etag, payload
            """,
            new { grain.Type, grain.Key, name, first, next }, transaction));
        if (claimed is not null) { return claimed.ToRecord(); }

        return await FindAsync(grain, name, cancellationToken) is null
            ? new GrainRecord(ReadOnlyMemory<byte>.Empty, null, first)
            : throw new InconsistentStateException($"{grain} was taken over by another silo: its epoch is above those of {shard}.");
    }

    public async ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken) =>
        (await FindAsync(grain, name, cancellationToken))?.ToRecord() ?? new GrainRecord(ReadOnlyMemory<byte>.Empty, null, 0);

    public async ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload) =>
        await StoreAsync(grain, name, epoch, etag, payload.ToArray());

    public async ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag) =>
        await StoreAsync(grain, name, epoch, etag, payload: null);

    private async Task<Row?> FindAsync(GrainId grain, string name, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            "select epoch, etag, payload from grain_state where type = @Type and key = @Key and name = @name",
            new { grain.Type, grain.Key, name }, cancellationToken: cancellationToken));
    }

    // Of the same sequence, and so below every later claim, but taken in blocks: asking for what does not exist costs no commit.
    private async Task<long> NextUnstoredEpochAsync()
    {
        await _block.WaitAsync();
        try
        {
            if (_nextInBlock > _lastInBlock)
            {
                _lastInBlock = await database.WriteAsync((connection, transaction) => connection.ExecuteScalarAsync<long>(
                    "update epoch_sequence set last = last + @EpochBlock returning last", new { EpochBlock }, transaction));
                _nextInBlock = _lastInBlock - EpochBlock + 1;
            }

            return ClaimsPerNumber * _nextInBlock++;
        }
        finally
        {
            _block.Release();
        }
    }

    private async Task<string> StoreAsync(GrainId grain, string name, long epoch, string? etag, byte[]? payload)
    {
        var stored = await database.WriteAsync((connection, transaction) => connection.ExecuteScalarAsync<long?>(
            etag is null
                ? """
                  insert into grain_state(type, key, name, epoch, etag, payload) values (@Type, @Key, @name, @epoch, 1, @payload)
                  on conflict (type, key, name) do update set etag = grain_state.etag + 1, payload = excluded.payload
                  where grain_state.epoch = @epoch and grain_state.payload is null
                  returning etag
                  """
                : """
                  update grain_state set etag = etag + 1, payload = @payload
                  where type = @Type and key = @Key and name = @name and epoch = @epoch and etag = @known
                  returning etag
                  """,
            new { grain.Type, grain.Key, name, epoch, known = etag is null ? 0 : long.Parse(etag), payload }, transaction));
        return stored?.ToString() ?? throw new InconsistentStateException(
            $"{grain} was written or taken over by another activation (epoch {epoch}, etag {etag ?? "none"} are no longer stored).");
    }

    private sealed class Row
    {
        public long Epoch { get; set; }

        public long Etag { get; set; }

        public byte[]? Payload { get; set; }

        public GrainRecord ToRecord() => new(Payload, Payload is null ? null : Etag.ToString(), Epoch);
    }
}
