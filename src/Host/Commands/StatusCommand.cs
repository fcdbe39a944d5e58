using System.CommandLine;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Host.Commands;

/// <summary><c>livecommerce status</c>: who is in the cluster, who owns what, and whose heart beats.</summary>
internal static class StatusCommand
{
    /// <summary>Between two looks at the heartbeats: longer than a beat.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2.5);

    public static Command Create()
    {
        var command = new Command("status", "Show the silos of the cluster and what each owns.") { CommonOptions.Data, CommonOptions.Config };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using var services = StorageOnly.Build(parsed, more => more
                .AddClusterStore()
                .AddOptions<ClusterOptions>().BindConfiguration("Cluster"));
            try
            {
                var store = services.GetRequiredService<IClusterStore>();
                var before = await store.ReadAsync(cancellationToken);
                await Task.Delay(Between, TimeProvider.System, cancellationToken);
                return Print(Console.Out, before, await store.ReadAsync(cancellationToken));
            }
            catch (ClusterMismatchException mismatch)
            {
                await Console.Error.WriteLineAsync(mismatch.Message);
                return 1;
            }
        });
        return command;
    }

    /// <summary>Prints who is there.</summary>
    /// <returns>0 when every shard has an owner whose heart beats.</returns>
    private static int Print(TextWriter output, ClusterView before, ClusterView now)
    {
        output.WriteLine($"{"silo",6}  {"name",-20}  {"state",-9}  {"heart",-7}  {"shards",6}  address");
        var beats = before.Silos.ToDictionary(silo => silo.SiloId, silo => silo.Heartbeat);
        var healthy = new HashSet<long>();
        foreach (var silo in now.Silos)
        {
            var isBeating = !beats.TryGetValue(silo.SiloId, out var earlier) || earlier != silo.Heartbeat;
            if (isBeating) { healthy.Add(silo.SiloId); }
            var shards = now.Shards.Count(shard => shard.Owner == silo.SiloId);
            output.WriteLine(
                $"{silo.SiloId,6}  {silo.Name,-20}  {silo.Status.ToString().ToLowerInvariant(),-9}  {(isBeating ? "beats" : "SILENT"),-7}  {shards,6}  {silo.LinkUrl}");
        }

        var unserved = now.Shards.Count(shard => shard.Owner is not { } owner || !healthy.Contains(owner));
        output.WriteLine(unserved == 0 ? $"All {now.Shards.Count} shards are served." : $"{unserved} of {now.Shards.Count} shards are not served.");
        return unserved == 0 ? 0 : 1;
    }
}
