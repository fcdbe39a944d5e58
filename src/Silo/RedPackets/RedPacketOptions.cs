using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>Bounds of red packets. Days are of UTC. Section <c>RedPackets</c>.</summary>
public sealed class RedPacketOptions
{
    /// <summary>Coins of one packet at most.</summary>
    [Range(1, 1_000_000_000)]
    public long CoinsMax { get; set; } = 1_000_000;

    /// <summary>Seconds in which a packet can be grabbed; then what is left goes back.</summary>
    [Range(5, 3_600)]
    public int OpenSeconds { get; set; } = 180;

    /// <summary>Packets of one sender that are not over, in all rooms together.</summary>
    [Range(1, 20)]
    public int OpenPerSenderMax { get; set; } = 2;

    /// <summary>Packets that one account sends in a day.</summary>
    [Range(1, 1_000)]
    public int SentPerDayMax { get; set; } = 50;

    /// <summary>Shares that one account takes in a day.</summary>
    [Range(1, 10_000)]
    public int GrabsPerDayMax { get; set; } = 100;

    /// <summary>Minutes that an account must have existed before it sends a packet or takes a share: accounts made for the purpose come too late.</summary>
    [Range(0, 43_200)]
    public int AccountAgeMinutesMin { get; set; } = 60;
}

[OptionsValidator]
internal sealed partial class RedPacketOptionsValidator : IValidateOptions<RedPacketOptions>;
