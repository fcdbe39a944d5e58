using System.Reflection;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>Records with something in every member: made by their constructors, as their types say.</summary>
internal sealed class RandomRecords(int seed)
{
    private const int DepthMax = 5;

    /// <summary>What the hub works with and nobody is sent.</summary>
    private static readonly string[] NeverSent = ["ClientFrame", "Frame", "HubMethod"];

    private readonly Random _random = new(seed);

    /// <summary>Every record that Contracts and the hub have and that JSON can both write and read.</summary>
    public static IEnumerable<Type> Types { get; } =
    [
        .. typeof(WireJson).Assembly.GetTypes()
            .Concat(typeof(LiveCommerce.Gateway.Rooms.RoomHub).Assembly.GetTypes().Where(type => type.Namespace == "LiveCommerce.Gateway.Rooms"))
            .Where(type => IsRecord(type) && !type.IsGenericTypeDefinition && !NeverSent.Contains(type.Name))
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
        typeof(Result<Contracts.Rooms.RoomStanding>),
        typeof(Result<Contracts.Rooms.ChatReceipt>),
        typeof(Result<Contracts.Gifts.GiftReceipt>),
        typeof(Result<Done>),
    ];

    public object? Make(Type type, int depth = 0)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying) { return Chance(0.3) ? null : Make(underlying, depth); }
        if (type.IsEnum) { return Enum.GetValues(type).GetValue(_random.Next(Enum.GetValues(type).Length)); }
        if (type == typeof(string)) { return Text(); }
        if (type == typeof(bool)) { return Chance(0.5); }
        if (type == typeof(byte)) { return (byte)_random.Next(256); }
        if (type == typeof(int)) { return (int)Number(int.MinValue, int.MaxValue); }
        if (type == typeof(long)) { return Number(long.MinValue, long.MaxValue); }
        if (type == typeof(ulong)) { return (ulong)Number(0, long.MaxValue) * (Chance(0.5) ? 2UL : 1UL); }
        if (type == typeof(double)) { return (_random.NextDouble() - 0.5) * Math.Pow(10, _random.Next(-5, 15)); }
        if (type == typeof(Guid)) { return Guid.CreateVersion7(); }
        if (type == typeof(DateTimeOffset)) { return Time(); }
        if (type == typeof(DateOnly)) { return DateOnly.FromDayNumber(_random.Next(DateOnly.MaxValue.DayNumber)); }
        if (type == typeof(TimeSpan)) { return TimeSpan.FromMilliseconds(_random.Next()); }
        var info = WireJson.Options.GetTypeInfo(type);
        if (info.Kind == JsonTypeInfoKind.Dictionary) { return Fill(typeof(Dictionary<,>).MakeGenericType(typeof(string), info.ElementType!), info.ElementType!, depth); }
        if (info.Kind == JsonTypeInfoKind.Enumerable) { return Items(info.ElementType!, depth); }
        if (info.PolymorphismOptions is { } options && type.IsAbstract) { return Make(options.DerivedTypes[_random.Next(options.DerivedTypes.Count)].DerivedType, depth); }
        if (type == typeof(byte[])) { return Encoding.UTF8.GetBytes(Text()); }
        return Record(type, info, depth);
    }

    private static bool IsRecord(Type type) =>
        (type.GetMethod("<Clone>$") is not null || (type.IsValueType && type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic) is not null));

    private object Record(Type type, JsonTypeInfo info, int depth)
    {
        var constructor = type.GetConstructors().Where(candidate => candidate.GetParameters().All(parameter => parameter.ParameterType != type))
            .MaxBy(candidate => candidate.GetParameters().Length);
        var made = constructor is null
            ? Activator.CreateInstance(type)!
            : constructor.Invoke([.. constructor.GetParameters().Select(parameter => Parameter(parameter, depth))]);
        foreach (var property in info.Properties.Where(property => property is { Set: not null, AssociatedParameter: null }))
        {
            property.Set!(made, property.IsSetNullable && Chance(0.3) ? null : Make(property.PropertyType, depth + 1));
        }

        return made;
    }

    private object? Parameter(ParameterInfo parameter, int depth)
    {
        var isNullable = new NullabilityInfoContext().Create(parameter).WriteState == NullabilityState.Nullable;
        return isNullable && (depth > DepthMax || Chance(0.3)) ? null : Make(parameter.ParameterType, depth + 1);
    }

    private Array Items(Type item, int depth)
    {
        var items = Array.CreateInstance(item, depth > DepthMax ? 0 : _random.Next(4) == 0 ? 20 : _random.Next(4));
        for (var i = 0; i < items.Length; i++) { items.SetValue(Make(item, depth + 1), i); }
        return items;
    }

    private object Fill(Type type, Type item, int depth)
    {
        var dictionary = (System.Collections.IDictionary)Activator.CreateInstance(type)!;
        for (var left = _random.Next(20); left > 0; left--) { dictionary[Text()] = Make(item, depth + 1); }
        return dictionary;
    }

    private string Text()
    {
        var text = new StringBuilder();
        for (var left = Chance(0.1) ? _random.Next(400) : _random.Next(40); left > 0; left--)
        {
            text.Append(_random.Next(8) switch
            {
                0 => char.ConvertFromUtf32(_random.Next(0x1F300, 0x1F6FF)),
                1 => ((char)_random.Next(0x20)).ToString(),
                2 => ((char)_random.Next(0x80, 0x7FF)).ToString(),
                3 => "\u202e<b>&\"\\",
                _ => ((char)_random.Next(' ', 0x7f)).ToString(),
            });
        }

        return text.ToString();
    }

    // As often small as near a bound: that is where encodings change. Far enough from the last bound for records that add up.
    private long Number(long least, long most)
    {
        var near = 1L << _random.Next(0, 61);
        var value = _random.Next(5) switch
        {
            0 => _random.Next(-40, 140),
            1 => near,
            2 => near - 1,
            3 => -near,
            _ => _random.NextInt64(1L << 61),
        };
        return Math.Clamp(value, least, most);
    }

    private DateTimeOffset Time() => _random.Next(4) switch
    {
        0 => DateTimeOffset.MaxValue,
        1 => DateTimeOffset.UnixEpoch.AddSeconds(_random.Next()),
        2 => new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromMinutes(30 * _random.Next(-20, 20))).AddMilliseconds(_random.Next(1000)),
        _ => DateTimeOffset.UnixEpoch.AddTicks(_random.NextInt64(TimeSpan.FromDays(40_000).Ticks)),
    };

    private bool Chance(double share) => _random.NextDouble() < share;
}
