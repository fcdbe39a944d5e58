using System.Collections.Concurrent;
using System.Text.Json.Serialization.Metadata;
using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>
/// The records of <see cref="WireJson"/> as MessagePack: the same maps, names, kinds, enum strings, ids and times. What a type looks like
/// is taken once from the metadata that JSON itself goes by, so the two cannot drift apart.
/// </summary>
internal static class WireMessagePack
{
    // As many as there are types on the wire.
    private static readonly ConcurrentDictionary<Type, WireConverter> Converters = new();

    /// <summary>The converter of a type.</summary>
    public static WireConverter Of(Type type) => Converters.GetOrAdd(type, Make);

    /// <inheritdoc cref="Of(Type)"/>
    public static WireConverter<T> Of<T>() => (WireConverter<T>)Of(typeof(T));

    /// <summary>Writes an argument or a result: as the type it is, like JSON does.</summary>
    public static void Write(ref MessagePackWriter writer, object? value)
    {
        if (value is null) { writer.WriteNil(); }
        else { Of(value.GetType()).WriteBoxed(ref writer, value); }
    }

    /// <summary>Reads a value of a type.</summary>
    /// <exception cref="UnreadableException">Whatever is wrong with it.</exception>
    public static object? Read(ref MessagePackReader reader, Type type) => Of(type).ReadBoxed(ref reader);

    private static WireConverter Make(Type type)
    {
        if (Plain(type) is { } plain) { return plain; }
        if (Nullable.GetUnderlyingType(type) is { } underlying) { return New(typeof(NullableConverter<>), underlying); }
        var info = WireJson.Options.GetTypeInfo(type);
        return info switch
        {
            { PolymorphismOptions: not null } => New(typeof(UnionConverter<>), [type], info),
            { Kind: JsonTypeInfoKind.Object } => New(typeof(RecordConverter<>), [type], info),
            { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } item } => New(typeof(ListConverter<,>), type, item),
            { Kind: JsonTypeInfoKind.Dictionary, KeyType: { } key, ElementType: { } item } when key == typeof(string) => New(typeof(DictionaryConverter<,>), type, item),
            _ when type.IsEnum => New(typeof(EnumConverter<>), type),
            _ => New(typeof(JsonConverter<>), type),
        };
    }

    private static WireConverter? Plain(Type type) => Type.GetTypeCode(type) switch
    {
        _ when type.IsEnum => null,
        TypeCode.Boolean => new BooleanConverter(),
        TypeCode.String => new TextConverter(),
        TypeCode.Byte => new IntegerConverter<byte>(),
        TypeCode.Int16 => new IntegerConverter<short>(),
        TypeCode.Int32 => new IntegerConverter<int>(),
        TypeCode.UInt32 => new IntegerConverter<uint>(),
        TypeCode.Int64 => new Int64Converter(),
        TypeCode.UInt64 => new UInt64Converter(),
        TypeCode.Double => new DoubleConverter(),
        _ when type == typeof(Guid) => new GuidConverter(),
        _ when type == typeof(DateTimeOffset) => new TimeConverter(),
        _ => null,
    };

    private static WireConverter New(Type generic, params Type[] arguments) => New(generic, arguments, []);

    private static WireConverter New(Type generic, Type[] arguments, params object[] values) =>
        (WireConverter)Activator.CreateInstance(generic.MakeGenericType(arguments), values)!;
}
