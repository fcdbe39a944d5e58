using System.CommandLine;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Options;
using LinkOptions = LiveCommerce.Actors.Links.LinkOptions;

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
                .AddSingleton(TimeProvider.System)
                .AddOptions<ClusterOptions>().BindConfiguration("Cluster").Services
                .AddOptions<LinkOptions>().BindConfiguration("Links"));
            try
            {
                var store = services.GetRequiredService<IClusterStore>();
                var before = await store.ReadAsync(cancellationToken);
                await Task.Delay(Between, TimeProvider.System, cancellationToken);
                var now = await store.ReadAsync(cancellationToken);
                var refusals = await AskAsync(now, services.GetRequiredService<IOptions<LinkOptions>>().Value, cancellationToken);
                return Print(Console.Out, before, now, refusals);
            }
            catch (ClusterMismatchException mismatch)
            {
                await Console.Error.WriteLineAsync(mismatch.Message);
                return 1;
            }
        });
        return command;
    }

    /// <summary>Asks each silo whether it would take in a process with these secrets and certificates.</summary>
    /// <returns>What keeps it from that, by silo; without an entry nothing does.</returns>
    private static async Task<Dictionary<long, string>> AskAsync(ClusterView view, LinkOptions options, CancellationToken cancellationToken)
    {
        if (options.Secret.Length == 0 && options.Certificate.Length == 0) { return []; }

        var answers = await Task.WhenAll(view.Silos.Select(async silo =>
            (silo.SiloId, Problem: await LinkProbe.AskAsync(silo.LinkUrl, options, ContractsVersion.Current, TimeProvider.System, cancellationToken))));
        return answers.Where(answer => answer.Problem is not null).ToDictionary(answer => answer.SiloId, answer => answer.Problem!);
    }

    /// <summary>Prints who is there.</summary>
    /// <returns>0 when every shard has an owner whose heart beats and which takes links in.</returns>
    private static int Print(TextWriter output, ClusterView before, ClusterView now, Dictionary<long, string> refusals)
    {
        output.WriteLine($"{"silo",6}  {"name",-20}  {"state",-9}  {"heart",-7}  {"shards",6}  address");
        var beats = before.Silos.ToDictionary(silo => silo.SiloId, silo => silo.Heartbeat);
        var healthy = new HashSet<long>();
        foreach (var silo in now.Silos)
        {
            var isBeating = !beats.TryGetValue(silo.SiloId, out var earlier) || earlier != silo.Heartbeat;
            if (isBeating && !refusals.ContainsKey(silo.SiloId)) { healthy.Add(silo.SiloId); }
            var shards = now.Shards.Count(shard => shard.Owner == silo.SiloId);
            output.WriteLine(
                $"{silo.SiloId,6}  {silo.Name,-20}  {silo.Status.ToString().ToLowerInvariant(),-9}  {(isBeating ? "beats" : "SILENT"),-7}  {shards,6}  {silo.LinkUrl}");
            if (refusals.TryGetValue(silo.SiloId, out var problem)) { output.WriteLine($"{"",6}  NO LINK: {problem}"); }
        }

        var unserved = now.Shards.Count(shard => shard.Owner is not { } owner || !healthy.Contains(owner));
        output.WriteLine(unserved == 0 ? $"All {now.Shards.Count} shards are served." : $"{unserved} of {now.Shards.Count} shards are not served.");
        return unserved == 0 ? 0 : 1;
    }
}
