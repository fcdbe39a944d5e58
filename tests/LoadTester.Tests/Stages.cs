using System.Text;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Running;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>A run without a server: what viewers hear is said by the test.</summary>
internal static class Stages
{
    public const string RoomId = "0123456789abcdef0123456789abcdef";

    public static readonly GroupPlan Group = new() { Name = "crowd", Room = "main", Count = 3 };

    public static Scenario Scenario { get; } = new()
    {
        Name = "Test <of> a run",
        About = "Nobody & nothing.",
        Server = new Uri("https://127.0.0.1:9"),
        Duration = TimeSpan.FromSeconds(10),
        Rooms = [new RoomPlan { Name = "main" }],
        Groups = [Group],
        Actions = [new ActionPlan { Kind = ActionKind.Gift, Room = "main", PerSecond = 1 }, new ActionPlan { Kind = ActionKind.Chat, Room = "main", PerSecond = 1 }],
        Storms = [new StormPlan { At = 4 }],
    };

    public static Load Load(Scenario? scenario = null) =>
        new(scenario ?? Scenario, new Dialer(Scenario.Server), new RunClock(TimeProvider.System), [Room]);

    public static RoomLoad Room { get; } = new(
        0, Scenario.Rooms[0], new RoomView(RoomId, new Person("1", "ana"), "Room", "talk", CoverId: null, StreamInfo.Offline, 0, 0));

    public static Viewer Viewer(Load load, int number) => new(load, number, load.Rooms[0], Group, cookie: null);

    public static void Snapshot(Viewer viewer, long epoch, long sequence) => viewer.OnCall("snapshot", Encoding.UTF8.GetBytes(
        $$$"""{"position":{"epoch":{{{epoch}}} ,"sequence":{{{sequence}}} },"room":{"roomId":"{{{RoomId}}}","stream":{"phase":"live","streamId":"s"} },"messages":[]}"""));

    public static void Batch(Viewer viewer, long epoch, params IReadOnlyList<(long Sequence, Guid Key)> events)
    {
        var gifts = events.Select(one => $"{{\"kind\":\"gift\",\"sequence\":{one.Sequence},\"key\":\"{one.Key}\"}}");
        viewer.OnCall("batch", Encoding.UTF8.GetBytes($"{{\"roomId\":\"{RoomId}\",\"epoch\":{epoch},\"events\":[{string.Join(',', gifts)}]}}"));
    }
}
