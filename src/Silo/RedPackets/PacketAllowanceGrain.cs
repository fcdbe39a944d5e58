using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.RedPackets;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>Keeps the bounds of one account. What it did today is read from the ledger when the grain wakes, so counting costs no write.</summary>
internal sealed class PacketAllowanceGrain(IOptions<RedPacketOptions> options) : Grain, IPacketAllowanceGrain
{
    /// <summary>How far before midnight packets may still be open: the longest that one can be.</summary>
    private static readonly TimeSpan OpenFor = TimeSpan.FromHours(2);

    private Dictionary<string, Packet>? _packets;

    private string AccountId => GetPrimaryKeyString();

    private DateOnly Today => DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime);

    public async ValueTask<Result<Done>> TakeSending(string packetId)
    {
        if (RefuseNew() is { } tooNew) { return tooNew; }

        var packets = await PacketsAsync();
        if (packets.ContainsKey(packetId)) { return Done.Value; }
        if (packets.Values.Count(packet => packet is { Sent: true, IsOpen: true }) >= options.Value.OpenPerSenderMax)
        {
            return TooMany($"You have {options.Value.OpenPerSenderMax} red packets open already. Send another when one of them is over.");
        }

        if (packets.Values.Count(packet => packet.Sent && packet.Day == Today) >= options.Value.SentPerDayMax)
        {
            return TooMany($"You have sent {options.Value.SentPerDayMax} red packets today. Come back tomorrow.");
        }

        packets.Add(packetId, new Packet(Sent: true, IsOpen: true, Today));
        return Done.Value;
    }

    public ValueTask LeaveSending(string packetId, bool funded)
    {
        if (_packets is null || !_packets.TryGetValue(packetId, out var packet)) { return ValueTask.CompletedTask; }
        if (funded) { _packets[packetId] = packet with { IsOpen = false }; }
        else { _packets.Remove(packetId); }
        return ValueTask.CompletedTask;
    }

    public async ValueTask<Result<Done>> TakeGrab(string packetId)
    {
        if (RefuseNew() is { } tooNew) { return tooNew; }
        if ((await GrainFactory.GetGrain<IGivingLimitsGrain>(AccountId).MayBuy()).Refusal is { } refused)
        {
            return refused.Code == RefusalCode.TooYoung ? refused with { Message = "Red packets are for grown-ups. You can watch and chat." } : refused;
        }

        var packets = await PacketsAsync();
        if (packets.ContainsKey(packetId)) { return Done.Value; }
        if (packets.Values.Count(packet => !packet.Sent && packet.Day == Today) >= options.Value.GrabsPerDayMax)
        {
            return TooMany($"You have taken {options.Value.GrabsPerDayMax} shares of red packets today. Come back tomorrow.");
        }

        packets.Add(packetId, new Packet(Sent: false, IsOpen: false, Today));
        return Done.Value;
    }

    private async ValueTask<Dictionary<string, Packet>> PacketsAsync()
    {
        var today = Today;
        if (_packets is null)
        {
            var parts = await GrainFactory.GetGrain<IGivenGiftsGrain>(IGiftLedgerGrain.Key)
                .GetPackets(AccountId, new DateTimeOffset(today, TimeOnly.MinValue, TimeSpan.Zero) - OpenFor);
            _packets = new Dictionary<string, Packet>(StringComparer.Ordinal);
            foreach (var part in parts)
            {
                _packets[part.PacketId] = new Packet(part.Sent, part.Sent && part.Left > 0, DateOnly.FromDateTime(part.At.UtcDateTime));
            }
        }

        foreach (var (packetId, packet) in _packets)
        {
            if (packet.Day < today && !packet.IsOpen) { _packets.Remove(packetId); }
        }

        return _packets;
    }

    private Refusal? RefuseNew() => AccountAge.Of(AccountId, Time.GetUtcNow()) < TimeSpan.FromMinutes(options.Value.AccountAgeMinutesMin)
        ? new Refusal(
            RefusalCode.AccountTooNew, $"Red packets are for accounts that are at least {options.Value.AccountAgeMinutesMin} minutes old. Come back a little later.")
        : null;

    private static Refusal TooMany(string sentence) => new(RefusalCode.TooManyPackets, sentence);

    private sealed record Packet(bool Sent, bool IsOpen, DateOnly Day);
}
