using System.Globalization;
using System.Text;
using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Host.OneMachine;

/// <summary>One process of the cluster as the table shows it.</summary>
/// <param name="State">ready, starting or ended.</param>
/// <param name="Figures">What its <c>/metrics</c> said last.</param>
internal sealed record ProcessRow(string Name, int Id, string State, int Restarts, Uri? Address, IReadOnlyDictionary<string, double> Figures);

/// <summary>One room that is on air.</summary>
internal sealed record RoomRow(string RoomId, string Title, string Owner);

/// <summary>Who owns what, as text.</summary>
internal static class ClusterTable
{
    /// <summary>Rooms that are listed; the rest is counted.</summary>
    public const int RoomsMax = 10;

    private const int TitleMax = 30;

    /// <summary>The whole table.</summary>
    /// <param name="beating">Silos whose heart has beaten since the last look.</param>
    public static string Write(
        IReadOnlyList<ProcessRow> silos, IReadOnlyList<ProcessRow> gateways, IReadOnlyList<ProcessRow> others,
        ClusterView view, IReadOnlySet<long> beating, IReadOnlyList<RoomRow> rooms, int roomsLive)
    {
        var text = new StringBuilder(2048);
        Line(text, $"{"silo",-11} {"pid",8} {"process",-9} {"id",5} {"state",-9} {"heart",-7} {"shards",6} {"epochs",-13} {"rooms",6} {"starts",6}  address");
        foreach (var silo in silos)
        {
            var row = view.Silos.LastOrDefault(known => Same(known.LinkUrl, silo.Address));
            var shards = row is null ? [] : view.Shards.Where(shard => shard.Owner == row.SiloId).ToList();
            var epochs = shards.Count == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{shards.Min(shard => shard.Epoch)}–{shards.Max(shard => shard.Epoch)}");
            var heart = row is null ? "-" : beating.Contains(row.SiloId) ? "beats" : "SILENT";
            Line(text,
                $"{silo.Name,-11} {silo.Id,8} {silo.State,-9} {row?.SiloId.ToString(CultureInfo.InvariantCulture) ?? "-",5} {row?.Status.ToString().ToLowerInvariant() ?? "-",-9} {heart,-7} {shards.Count,6} {epochs,-13} {Figure(silo, "livecommerce_actors_activations{grain=\"Room\"}"),6} {silo.Restarts + 1,6}  {silo.Address}");
        }

        var unserved = view.Shards.Count(shard => shard.Owner is not { } owner || !beating.Contains(owner));
        Line(text, view.Shards.Count == 0 ? "No shards yet." : unserved == 0 ? $"All {view.Shards.Count} shards are served." : $"{unserved} of {view.Shards.Count} shards are not served.");
        Line(text, "");
        Line(text, $"{"gateway",-11} {"pid",8} {"process",-9} {"viewers",8} {"rooms",6} {"on air",6} {"starts",6}  address");
        foreach (var gateway in gateways)
        {
            Line(text,
                $"{gateway.Name,-11} {gateway.Id,8} {gateway.State,-9} {Figure(gateway, "livecommerce_viewers"),8} {Figure(gateway, "livecommerce_gateway_rooms"),6} {Figure(gateway, "livecommerce_rooms_live"),6} {gateway.Restarts + 1,6}  {gateway.Address}");
        }

        Line(text, "");
        foreach (var other in others) { Line(text, $"{other.Name,-11} {other.Id,8} {other.State,-9} {other.Restarts + 1,3} starts  {other.Address}"); }
        if (roomsLive > 0)
        {
            Line(text, "");
            Line(text, $"{"on air",-TitleMax} {"streamer",-16} {"shard",5}  {"owner",-11} room");
        }

        foreach (var room in rooms)
        {
            var shard = Shards.Of(room.RoomId);
            var owner = view.Shards.FirstOrDefault(row => row.Shard == shard).Owner is { } id && view.Silos.FirstOrDefault(silo => silo.SiloId == id) is { } known
                ? silos.FirstOrDefault(silo => Same(known.LinkUrl, silo.Address))?.Name ?? known.Name
                : "nobody";
            Line(text, $"{Short(room.Title, TitleMax),-TitleMax} {Short(room.Owner, 16),-16} {shard,5}  {owner,-11} {room.RoomId}");
        }

        if (roomsLive > rooms.Count) { Line(text, $"… and {roomsLive - rooms.Count} more."); }
        return text.ToString();
    }

    private static bool Same(string link, Uri? address) => Uri.TryCreate(link, UriKind.Absolute, out var url) && url == address;

    private static string Figure(ProcessRow row, string name) =>
        row.Figures.TryGetValue(name, out var value) ? value.ToString("0", CultureInfo.InvariantCulture) : "-";

    // Titles are people's words: nothing in them may steer the terminal.
    private static string Short(string words, int length)
    {
        var plain = new string([.. words.Select(letter => char.IsControl(letter) ? ' ' : letter)]);
        return plain.Length <= length ? plain : $"{plain[..(length - 1)]}…";
    }

    private static void Line(StringBuilder text, string line) => text.Append(line.TrimEnd()).Append('\n');
}
